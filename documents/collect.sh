#!/bin/sh
# Reads on an EKS worker node what Kubernetes cannot see and prints one capture: docs/capture-format.md.
#
# The rules of this script
# - It only reads. The one write is its own oom_score_adj, see below.
# - stdout is the capture. Nothing goes to stderr (Run Command would add it to the 2,500 bytes that a summary has),
#   and the exit code is always 0 (any other makes Run Command replace the output by an error).
# - A killed run lacks its "@end summary" line, which the parser reports as truncated, never as healthy.
# - What is not there is left out. It is never printed as zero.
# - Every foreign name is cleaned before it is printed, so no process, pod or kernel message can forge a line.
#
# How it works: sh only lists directories and sleeps; one awk program does the rest, because a process costs a
# millisecond and a big node would need hundreds of them. awk reads every file through grep -s: mawk ends at the first
# read(2) that fails (a process that just exited, disabled PSI), grep goes on. No here-documents: bash writes them to
# temporary files. No {n} in a regex: old mawk lacks it. No %d: busybox stops at 32 bits.
exec 2>/dev/null
exec </dev/null
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin:$PATH
export LC_ALL PATH
umask 077

# Both functions leave their answer in $answer: a $(...) would cost a process each time.

# whole VALUE DEFAULT: VALUE if it is a whole number of at most nine digits, else DEFAULT.
whole() {
  case $1 in
    '' | *[!0-9]* | ??????????*) answer=$2 ;;
    *) answer=$1 ;;
  esac
}

# absolute PATH: the path as one that begins with a slash.
absolute() {
  case $1 in
    /* | '') answer=$1 ;;
    *) answer=$PWD/$1 ;;
  esac
}

absolute "${PROC_ROOT:-/proc}" && proc=$answer
absolute "${SYS_ROOT:-/sys}" && sys=$answer
absolute "${RUN_ROOT:-/run}" && run=$answer
absolute "${LOG_ROOT:-/var/log}" && log=$answer
absolute "${ETC_ROOT:-/etc}" && etc=$answer
absolute "${FIRST_PROC_ROOT:-}" && first_proc=$answer
absolute "${FIRST_SYS_ROOT:-$sys}" && first_sys=$answer
whole "${WINDOW_SECONDS:-}" 5 && window_seconds=$answer
whole "${PROCESS_LIMIT:-}" 5000 && process_limit=$answer
whole "${SUMMARY_CHARACTERS:-}" 2400 && summary_characters=$answer
whole "${CAPTURE_CHARACTERS:-}" 23900 && capture_characters=$answer
detail=${DETAIL:-0}
awk=${AWK:-awk}

# x86_64 has one size of pages, so there no process has to be asked.
page_bytes=${PAGE_BYTES:-}
if [ -z "$page_bytes" ]; then
  machine=''
  # Linux 6.1 and newer.
  read -r machine </proc/sys/kernel/arch
  case $machine in
    x86_64) page_bytes=4096 ;;
    *) page_bytes=$(getconf PAGESIZE) ;;
  esac
fi
whole "$page_bytes" 4096 && page_bytes=$answer

# A recorded tree is one instant. Read twice it would show rates of zero, so without a recording of its own
# the first sample is left empty.
if [ "$proc" = /proc ] && [ -z "$first_proc" ]; then first_proc=/proc; fi

# SIGKILL, since "-k" is missing in old busybox and SIGTERM does not end what hangs in a read.
limit=
if command -v timeout >/dev/null; then limit='timeout -s KILL'; fi

# The node may be about to fail, and the agent that started us is protected (oom_score_adj -999): we inherit that. So we say
# to the kernel "kill me first", the one write of this script. The niceness is mild on purpose: at 19 a node with
# a load of 34 would give us too little time to finish within our limit, and the overloaded node is the one to see.
# The priority of our input and output follows the niceness.
polite=
if [ "$proc" = /proc ]; then
  echo 1000 >"/proc/$$/oom_score_adj"
  if command -v nice >/dev/null; then polite='nice -n 5'; fi
fi

kernel_log=
if [ -n "${KERNEL_LOG:-}" ]; then
  if [ -r "$KERNEL_LOG" ]; then kernel_log="cat '$KERNEL_LOG'"; fi
elif [ "$proc" = /proc ]; then
  kernel_log=dmesg
fi
if [ -n "$kernel_log" ]; then kernel_log="${limit:+$limit 5 }$kernel_log || echo fleetscan: kernel log unreadable"; fi

# What may hang for ever, on a dead disk or a lock of the kernel, is asked at once: in the background, so that what
# cannot even be killed is left behind, and behind a cat that ends after ten seconds. Each answer follows a line that
# begins with "="; the journal is last, for its lines may hold anything.
slow="printf 'log %s\\n' '$log'/containers/*.log"
slow="$slow; [ -r '$log/aws-routed-eni/ipamd.log' ] && echo =ipamd && ${limit:+$limit 3 }tail -n 200 '$log/aws-routed-eni/ipamd.log'"
starts=
if [ "$proc" = /proc ]; then
  slow="$slow; echo =room; ${limit:+$limit 3 }stat -f -c '%n %S %b %a %c %d' / /var/lib/containerd /var/lib/docker /var/lib/kubelet"
  if command -v chronyc >/dev/null; then slow="$slow; echo =clock; ${limit:+$limit 3 }chronyc -n -c tracking"; fi
  if command -v ethtool >/dev/null; then
    for interface in "$sys"/bus/pci/drivers/ena/*/net/*; do
      interface=${interface##*/}
      case $interface in *[!A-Za-z0-9_.-]* | '') continue ;; esac
      slow="$slow; echo =ena $interface; ${limit:+$limit 3 }ethtool -S $interface"
    done
  fi
fi
journal=
if [ -n "${JOURNAL:-}" ]; then
  if [ -r "$JOURNAL" ]; then journal="tail -n 2000 '$JOURNAL'"; fi
elif [ "$proc" = /proc ] && command -v journalctl >/dev/null; then
  # All units at once and never further back: a day of journal costs half a second and 80 MB. Fields are asked for
  # instead of -u, which doubles the cost. How often a unit was started says the first process, which is asked apart where
  # it matters: 300 lines of a talkative kubelet may be a minute.
  units='' starts='_PID=1'
  for unit in kubelet snap.kubelet-eks.daemon containerd docker; do
    units="$units _SYSTEMD_UNIT=$unit.service"
    starts="$starts UNIT=$unit.service"
  done
  journal="journalctl$units + $starts -n 300"
  starts="journalctl $starts -n 500"
  journal="$journal --since=-20min -o cat --no-pager -q"
  starts="${limit:+exec $limit 5 }$starts --since=-20min -o cat --no-pager -q"
fi
if [ -n "$journal" ]; then slow="$slow; echo =journal; ${limit:+$limit 5 }$journal && echo =end"; fi
if [ -n "$limit" ] && command -v cat >/dev/null; then slow="( ( $slow ) & ) | $limit 10 cat"; fi

# What is there but gives nothing is "unreadable"; what is not there was merely not collected.
present=
if [ -e "$proc/slabinfo" ]; then present="$present slabinfo"; fi
if [ -e "$proc/pressure/memory" ]; then present="$present pressure"; fi
if [ -e "$proc/pressure" ]; then present="$present folder"; fi

# shellcheck disable=SC2016 # an awk program: its dollars are not the shell's
program='
# ---- Text

# Sanitizes a foreign name: one word, at most so many characters, "-" for nothing.
function clean(text, most) {
  gsub(UNSAFE, "_", text)
  text = substr(text, 1, most)
  return text == "" ? "-" : text
}

# Sanitizes a foreign sentence: printable ASCII, at most so many characters.
function clean_sentence(text, most) {
  gsub(/[^ -~]/, "_", text)
  return substr(text, 1, most)
}

function number(value) { return value == "" ? "-" : sprintf("%.0f", value) }

function is_number(text) { return text ~ /^[0-9]+$/ }

# ---- Reading

# ask(options, files) ... fetch(): then the lines of a file are file_line[from_line(file)] to file_line[to_line(file)],
# and a file that cannot be read has none. Lines stay in one array, since appending to a string copies it each time.
# options: what grep shall keep, a pattern last. files: as sh would list them in PROC, those elsewhere by their whole
# path, of which CGROUP is left out in the answer. A process costs more than a file, so what can be kept by one pattern
# is asked together; the command stays short, for gawk looks at all of it again for every line that it gets.
function ask(options, files) { ask_in(PROC, options, files) }

function ask_in(root, options, files) {
  # Where there is no such root nothing of another folder may be taken for it, and /dev has nothing of these names.
  commands = commands (commands == "" ? "" : " ; ") "{ cd " QUOTE root QUOTE " || cd /dev; } && grep -sH " options " " files
}

# For sh: every word of a list with an ending.
function each(list, ending) { return "$(printf " QUOTE "%s" ending " " QUOTE " " list ")" }

# For sh: every word of a list below a folder, with an ending.
function below(folder, list, ending,  count, i, w, files) {
  count = split(list, w, " ")
  for (i = 1; i <= count; i++) files = files " " QUOTE folder w[i] ending QUOTE
  return files
}

function fetch(  line, colon, path, last, key) {
  if (commands == "") return
  # One command alone needs no process beside the one that it is.
  if (index(commands, " ; ") == 0) sub(/&& grep/, "\\&\\& exec grep", commands)
  while ((commands | getline line) > 0) {
    colon = index(line, ":")
    path = substr(line, 1, colon - 1)
    if (path != last) {
      last = path
      if (index(path, CGROUP) == 1) path = substr(path, CGROUP_LENGTH + 1)
      key = path
      first_of[key] = line_total + 1
      paths[++path_total] = key
    }
    file_line[++line_total] = substr(line, colon + 1)
    last_of[key] = line_total
  }
  close(commands)
  commands = ""
}

function has(path) { return path in first_of }

function from_line(path) { return (path in first_of) ? first_of[path] : 1 }

function to_line(path) { return (path in last_of) ? last_of[path] : 0 }

function first_line(path) { return (path in first_of) ? file_line[first_of[path]] : "" }

# Forgets what was read after the given number of lines and paths.
function forget(lines, known,  i) {
  for (i = lines + 1; i <= line_total; i++) delete file_line[i]
  for (i = known + 1; i <= path_total; i++) { delete first_of[paths[i]]; delete last_of[paths[i]] }
  line_total = lines
  path_total = known
}

# The value behind "key " in a file of "key value" lines, "" when there is none.
function value_of(path, key,  i, words) {
  for (i = from_line(path); i <= to_line(path); i++) {
    if (index(file_line[i], key) == 1) {
      split(file_line[i], words, " ")
      if (words[1] == key) return words[2]
    }
  }
  return ""
}

# Both with a line between them, or the one there is.
function joined(body, line) { return body == "" ? line : body "\n" line }

# ---- The budget

# Characters that are still free before the end line, which must name everything that did not fit: the triggers
# (all of them until they are decided), what was dropped, and what may yet be.
function room(  i, undecided) {
  for (i = 1; i <= promised_count; i++) {
    if (!(promised[i] in decided)) undecided += length(promised[i]) + 1
  }
  return budget - used - undecided - length(dropped) - length(unreadable) - length(triggers == "" ? ALL_TRIGGERS : triggers) - 53
}

function promise(names) { split("", decided); promised_count = split(names, promised, " "); dropped = "" }

function drop(name) {
  decided[name] = 1
  if (index("," dropped ",", "," name ",") == 0) dropped = dropped (dropped == "" ? "" : ",") name
}

# Prints a section whole, or drops it whole.
function give(name, body,  cost) {
  if (body == "") return
  cost = length(name) + length(body) + 3
  if (cost > room()) { drop(name); return }
  decided[name] = 1
  used += cost
  print "@" name "\n" body
}

# Rows of lists wait here until all are known; rank 1 is laid out first.
function row(section, rank, text) {
  row_count++
  row_section[row_count] = section
  row_rank[row_count] = rank
  row_text[row_count] = text
}

function forget_rows() { row_count = 0; split("", is_opened); split("", is_kept); split("", is_short) }

# Keeps what fits, in the order of the ranks, then prints the sections in the order of the names.
function lay_out(names, ranks,  rank, i, j, cost, count, name, free, of_rank, at, of_section) {
  count = split(names, name, " ")
  free = room()
  for (i = 1; i <= row_count; i++) of_rank[row_rank[i]] = of_rank[row_rank[i]] " " i
  for (rank = 1; rank <= ranks; rank++) {
    j = split(of_rank[rank], at, " ")
    for (i = 1; i <= j; i++) {
      cost = length(row_text[at[i]]) + 1
      if (!(row_section[at[i]] in is_opened)) cost += length(row_section[at[i]]) + 2
      if (cost > free) { is_short[row_section[at[i]]] = 1; continue }
      is_kept[at[i]] = 1
      used += cost
      if (row_section[at[i]] in is_opened) { free -= cost; continue }
      is_opened[row_section[at[i]]] = 1
      decided[row_section[at[i]]] = 1
      free = room()
    }
  }
  for (i = 1; i <= row_count; i++) if (i in is_kept) of_section[row_section[i]] = of_section[row_section[i]] "\n" row_text[i]
  for (j = 1; j <= count; j++) if (name[j] in is_opened) print "@" name[j] of_section[name[j]]
}

# Inserts a key into the lists that hold the so many largest values, largest first; equal ones in order of arrival.
function keep_largest(keys, values, count, most, key, value,  i) {
  if (count == most && value <= values[most]) return count
  if (count < most) count++
  for (i = count; i > 1 && values[i - 1] < value; i--) { values[i] = values[i - 1]; keys[i] = keys[i - 1] }
  values[i] = value
  keys[i] = key
  return count
}

# ---- Both samples

# Left out: interrupts, and the mounts that are neither on a device nor where a worker keeps its data.
function ask_counters(proc, sys, more) {
  ask_in(proc, "-vE " QUOTE "^(intr|nr_[^d]|numa_|thp_|workingset_|compact_|pgsteal_|pgskip_|pgdemote_|pgpromote_|swap_ra|zswp|ksm_)|^[0-9]+ [0-9]+ [0-9]+:[0-9]+ [^ ]+ /([^v ]|var/lib/[^/ ]+/|var/[^l]).* - [^ ]+ ([^/]|/[^d])" QUOTE, \
    "uptime stat vmstat meminfo pressure/memory net/dev diskstats" below(sys "/fs/cgroup/", SLICES, "/cpu.stat") \
    below(sys "/fs/cgroup/", SLICES_CPUACCT, "/cpuacct.usage") more)
  fetch()
}

# Idle time, the second figure of the file, says no more than /proc/stat does.
function uptime_now(  words) { split(first_line("uptime"), words, " "); return words[1] }

function stat_body(keys,  i, j, words, body, columns) {
  for (i = from_line("stat"); i <= to_line("stat"); i++) {
    columns = split(file_line[i], words, " ")
    if (words[1] == "cpu") {
      body = "cpu"
      # guest and guest_nice, columns 9 and 10, are part of user and nice.
      for (j = 2; j <= columns && j <= 9; j++) body = body " " words[j]
    } else if (index(keys, " " words[1] " ")) {
      body = joined(body, file_line[i])
    }
    if (words[1] == "btime") boot_time = words[2]
  }
  return body
}

function vmstat_body(keys, into,  i, words, body) {
  for (i = from_line("vmstat"); i <= to_line("vmstat"); i++) {
    split(file_line[i], words, " ")
    if (index(keys, " " words[1] " ") == 0) continue
    into[words[1]] = words[2]
    body = joined(body, file_line[i])
  }
  return body
}

# Microseconds of CPU that a top cgroup has used; version 1 counts nanoseconds.
function slice_cpu(name,  usage) {
  usage = value_of(name "/cpu.stat", "usage_usec")
  if (usage != "") return usage
  usage = first_line("cpuacct/" name "/cpuacct.usage")
  return usage == "" ? "" : number(usage / 1000)
}

function slice_memory(name,  bytes) {
  bytes = first_line(name "/memory.current")
  return bytes != "" ? bytes : first_line("memory/" name "/memory.usage_in_bytes")
}

# The cgroupfs driver calls it kubepods, the systemd driver kubepods.slice: one name for the reader.
function slice_title(name) { return name == "kubepods" ? "kubepods.slice" : name }

function first_sample(  i, cpu, line, body, words) {
  print "@first"
  if (FIRST_PROC == "") return
  CGROUP = FIRST_SYS "/fs/cgroup/"
  CGROUP_LENGTH = length(CGROUP)
  ask_counters(FIRST_PROC, FIRST_SYS, "")
  first_uptime = uptime_now()
  give("uptime", first_uptime)
  give("stat", stat_body(""))
  give("vmstat", vmstat_body(" pswpin pswpout pgmajfault oom_kill ", first_vmstat))
  line = first_line("pressure/memory")
  if (line ~ /^some .* total=[0-9]+$/) { sub(/.*total=/, "", line); give("pressure", "memory some total=" line) }
  cpu = value_of("meminfo", "SUnreclaim:")
  if (cpu != "") give("meminfo", "SUnreclaim: " cpu)
  for (i = 1; i <= slice_count; i++) {
    cpu = slice_cpu(slice_name[i])
    if (cpu != "" && index(slice_name[i], "kubepods") == 1) body = joined(body, slice_title(slice_name[i]) " cpu_usec=" cpu)
  }
  give("slices", body)
  has_first_interfaces = has("net/dev")
  for (i = from_line("net/dev"); i <= to_line("net/dev"); i++) if (interface_figures(i)) first_figures[figures[0]] = file_line[i]
  has_first_disks = has("diskstats")
  for (i = from_line("diskstats"); i <= to_line("diskstats"); i++) {
    split(file_line[i], words, " ")
    first_disk[words[3]] = file_line[i]
  }
  forget(0, 0)
  fflush()
}

# ---- The last sample: what has a fixed size

function pressure_body(is_summary,  resources, r, i, path, line, words, body) {
  split("memory cpu io", resources, " ")
  for (r = 1; r <= 3; r++) {
    path = "pressure/" resources[r]
    for (i = from_line(path); i <= to_line(path); i++) {
      line = file_line[i]
      if (line !~ /^(some|full) avg10=/) continue
      split(line, words, /[ =]/)
      if (r == 1 && line ~ /^some/) { memory_avg10 = words[3]; memory_avg60 = words[5] }
      if (r == 3 && line ~ /^some/) io_some_avg60 = words[5]
      if (r == 3 && line ~ /^full/) { io_full_avg10 = words[3]; io_full_avg60 = words[5] }
      if (is_summary && r > 1 && line ~ /^full/) continue
      if (is_summary) sub(r == 1 && line ~ /^some/ ? " avg300=[^ ]*" : " avg300=.*", "", line)
      body = joined(body, resources[r] " " line)
    }
  }
  return body
}

function meminfo_body(  i, words, body) {
  for (i = from_line("meminfo"); i <= to_line("meminfo"); i++) {
    split(file_line[i], words, " ")
    meminfo[substr(words[1], 1, length(words[1]) - 1)] = words[2]
    if (index(MEMINFO_KEYS, " " words[1] " ")) {
      # Not on every kernel and mostly zero: a reader has to do without them anyway.
      if (words[2] == "0" && index(" SecPageTables: Zswap: HardwareCorrupted: Hugetlb: HugePages_Total: HugePages_Free: SwapCached: ", \
        " " words[1] " ")) continue
      if (words[1] == "Hugepagesize:" && meminfo["HugePages_Total"] == "0") continue
      body = joined(body, words[1] " " words[2])
    }
  }
  return body
}

# Of the pods only: what services of the node hold is known by their processes, and by memory.stat in the detail.
function slices_body(  i, memory, cpu, body) {
  for (i = 1; i <= slice_count; i++) {
    memory = slice_memory(slice_name[i])
    cpu = slice_cpu(slice_name[i])
    if (index(slice_name[i], "kubepods") != 1 || (memory == "" && cpu == "")) continue
    body = joined(body, slice_title(slice_name[i]))
    if (memory != "") body = body " memory_bytes=" memory
    if (cpu != "") body = body " cpu_usec=" cpu
    body = body slice_limits(slice_name[i])
  }
  return body
}

# What all pods together may use; version 1 writes "no limit" as the largest number of whole pages.
function slice_limits(name,  memory) {
  if (index(name, "kubepods") != 1) return ""
  memory = first_line(name "/memory.max")
  if (memory == "") memory = first_line("memory/" name "/memory.limit_in_bytes")
  if (memory + 0 > 9000000000000000000) memory = "max"
  return pair("memory_max", memory) pair("pids", either(name, "/pids.current")) pair("pids_max", either(name, "/pids.max"))
}

function either(name, ending) { return has(name ending) ? first_line(name ending) : first_line("pids/" name ending) }

function os_release(key,  i, value) {
  for (i = from_line(ETC "/os-release"); i <= to_line(ETC "/os-release"); i++) {
    if (index(file_line[i], key "=") != 1) continue
    value = substr(file_line[i], length(key) + 2)
    gsub(/["]/, "", value)
    return value
  }
  return ""
}

function host_body(  body, name) {
  name = first_line("sys/kernel/osrelease")
  if (name != "") body = body "kernel " clean(name, 60) "\n"
  name = os_release("ID")
  if (name != "") body = body "os " clean(name (os_release("VERSION_ID") == "" ? "" : "-" os_release("VERSION_ID")), 40) "\n"
  name = first_line("sys/kernel/random/boot_id")
  if (name != "") body = body "boot_id " clean(name, 8) "\n"
  if (cpus) body = body "cpus " cpus "\n"
  if (cgroup_version) body = body "cgroup_version " cgroup_version "\n"
  if (body == "" && PROC != "/proc") return ""
  if (has_no_pressure()) body = body "pressure none\n"
  if (sees_only_its_own()) body = body "processes_visible own\n"
  if (first_line("sys/net/ipv4/ip_forward") == "0") body = body "ip_forward 0\n"
  return body "page_bytes " PAGE
}

# Whether the kernel is known to have no pressure stall information. A recording may merely lack the folder, so there only
# a kernel that is older than 4.20 is believed.
function has_no_pressure(  version, line) {
  if (index(PRESENT, " folder")) {
    if (memory_avg10 != "" || PROC != "/proc") return 0
    # With psi=0 some kernels have the files, and every read(2) fails.
    "cat /proc/pressure/memory 2>&1" | getline line
    close("cat /proc/pressure/memory 2>&1")
    return line ~ /[Nn]ot supported/
  }
  if (PROC == "/proc") return uptime != ""
  if (split(first_line("sys/kernel/osrelease"), version, ".") < 2) return 0
  return version[1] + 0 < 4 || (version[1] + 0 == 4 && version[2] + 0 < 20)
}

function sockstat_body(  i, body) {
  for (i = from_line("net/sockstat"); i <= to_line("net/sockstat"); i++) {
    if (file_line[i] ~ /^(sockets|TCP|UDP): /) body = joined(body, file_line[i])
  }
  return body
}

function words_of(path,  line) {
  line = first_line(path)
  gsub(/[ \t]+/, " ", line)
  return line
}

# Version 2 kernels of today list no controller in /proc/cgroups; there the root counts its descendants.
function cgroups_body(  i, words, dying, body) {
  dying = value_of("cgroup.stat", "nr_dying_descendants")
  for (i = from_line("cgroups"); i <= to_line("cgroups"); i++) {
    split(file_line[i], words, /[ \t]+/)
    if (words[1] == "memory") memory_cgroups = words[3]
  }
  if (memory_cgroups == "" && cgroup_version == 2) {
    memory_cgroups = value_of("cgroup.stat", "nr_descendants")
    if (memory_cgroups != "") memory_cgroups = number(memory_cgroups + dying)
  }
  dying_cgroups = dying
  if (memory_cgroups != "") body = "memory " memory_cgroups
  if (dying != "") body = joined(body, "dying " dying)
  return body
}

function essentials(  limit, count, top) {
  CGROUP = SYS "/fs/cgroup/"
  CGROUP_LENGTH = length(CGROUP)
  top = "kubepods.slice kubepods"
  ask_counters(PROC, SYS, " " QUOTE ETC "/os-release" QUOTE " pressure/cpu pressure/io loadavg slabinfo cgroups net/sockstat net/packet net/netlink" \
    " sys/net/netfilter/nf_conntrack_count sys/net/netfilter/nf_conntrack_max sys/net/ipv4/tcp_mem sys/fs/file-nr" \
    " sys/kernel/pid_max sys/kernel/threads-max sys/kernel/osrelease sys/kernel/random/boot_id spl/kstat/zfs/arcstats" \
    " 1/mountinfo net/stat/arp_cache sys/net/ipv4/neigh/default/gc_thresh3 sys/net/ipv4/ip_forward" \
    below(SYS "/class/net/", "lo/flags", "") network_cards("/operstate") network_cards("/flags") \
    below(CGROUP, "cgroup.controllers cgroup.stat memory/memory.usage_in_bytes", "") \
    below(CGROUP, SLICES, "/memory.current") below(CGROUP, SLICES_MEMORY, "/memory.usage_in_bytes") \
    below(CGROUP, top, "/memory.max") below(CGROUP "memory/", top, "/memory.limit_in_bytes") \
    below(CGROUP, top, "/pids.current") below(CGROUP, top, "/pids.max") \
    below(CGROUP "pids/", top, "/pids.current") below(CGROUP "pids/", top, "/pids.max") \
    (BESIDE == "" ? "" : below(BESIDE "/", "statfs chrony.txt", "") " " QUOTE BESIDE "/ethtool/" QUOTE "*.txt"))
  if (has("cgroup.controllers")) cgroup_version = 2
  else if (has("memory/memory.usage_in_bytes")) cgroup_version = 1
  print "@last"
  uptime = uptime_now()
  for (count = from_line("stat"); count <= to_line("stat"); count++) if (file_line[count] ~ /^cpu[0-9]/) cpus++
  give("uptime", uptime)
  give("stat", stat_body(" procs_running procs_blocked "))
  give("vmstat", vmstat_body(" pswpin pswpout pgmajfault oom_kill ", vmstat))
  give("pressure", pressure_body(1))
  give("meminfo", meminfo_body())
  give("slices", slices_body())
  give("loadavg", first_line("loadavg"))
  give("sockstat", sockstat_body())
  give("interfaces", interfaces_body())
  count = first_line("sys/net/netfilter/nf_conntrack_count")
  limit = first_line("sys/net/netfilter/nf_conntrack_max")
  if (count != "" && limit != "") give("conntrack", count " " limit)
  give("tcp_mem", words_of("sys/net/ipv4/tcp_mem"))
  give("file_nr", words_of("sys/fs/file-nr"))
  give("pid_max", first_line("sys/kernel/pid_max"))
  give("threads_max", first_line("sys/kernel/threads-max"))
  give("cgroups", cgroups_body())
  arc = arc_size()
  if (arc != "") give("arcstats", "size " arc)
  give("neighbours", neighbours_body())
  fflush()
}

# By their names, eth0, ens5, enp0s5 and the like: to look at what a pod has (eni..., veth...) would cost more.
function network_cards(ending) { return " " QUOTE SYS "/class/net/" QUOTE "e[nt][hsopx]*" ending }

# What is wrong with the loopback interface, for the first row; network cards without a link are left in "links".
function read_links(  i, w, flags, state, count, start) {
  links = ""
  start = SYS "/class/net/"
  for (i = 1; i <= path_total; i++) {
    if (index(paths[i], start) != 1 || split(substr(paths[i], length(start) + 1), w, "/") != 2 || w[2] != "operstate") continue
    state = first_line(paths[i])
    if (is_disabled(first_line(start w[1] "/flags"))) state = "disabled"
    count++
    if (state != "up" && state != "unknown" && count <= 8) links = links "\n" clean(w[1], 15) " link=" clean(state, 15)
  }
  flags = first_line(start "lo/flags")
  if (flags == "") return count ? " loopback=missing" : ""
  return is_disabled(flags) ? " loopback=disabled" : ""
}

# Without the lowest bit, IFF_UP.
function is_disabled(flags) { return flags ~ /^0x[0-9a-f]*[02468ace]$/ }

# eth0: rx_bytes rx_packets rx_errors ... (eight of them) tx_bytes tx_packets tx_errors ...
function interface_figures(i,  colon, line) {
  line = file_line[i]
  colon = index(line, ":")
  if (!colon || split(substr(line, colon + 1), figures, " ") < 16) return 0
  figures[0] = substr(line, 1, colon - 1)
  gsub(/ /, "", figures[0])
  return 1
}

# Errors are rare and a node has a hundred interfaces, so the first sample is taken apart only where there are some.
function interfaces_body(  i, read, name, now, was, line, rx, tx, rows, keys, values, count, of, body) {
  if (!has_first_interfaces || !has("net/dev")) return ""
  for (i = from_line("net/dev"); i <= to_line("net/dev"); i++) {
    if (!interface_figures(i) || !(figures[0] in first_figures)) continue
    read++
    if (figures[3] + figures[11] == 0) continue
    name = figures[0]
    split(substr(first_figures[name], index(first_figures[name], ":") + 1), was, " ")
    rx = figures[3] - was[3]
    tx = figures[11] - was[11]
    # A counter that fell is of an interface that was made anew.
    if (rx + tx <= 0 || rx < 0 || tx < 0 || figures[2] - was[2] < 0 || figures[10] - was[10] < 0) continue
    of[name] = clean(name, 15) " rx_packets=" number(figures[2] - was[2]) " rx_errors=" number(rx) \
      " tx_packets=" number(figures[10] - was[10]) " tx_errors=" number(tx)
    count = keep_largest(keys, values, count, 5, name, rx + tx)
  }
  failing_interfaces = count + 0
  body = "read " read + 0 read_links()
  for (i = 1; i <= count; i++) body = body "\n" of[keys[i]]
  return body links
}

# The head names the columns; the number of entries is the same in the row of each CPU, the others are of the CPU.
function neighbours_body(  i, j, w, head, columns, fulls, entries, body) {
  for (i = from_line("net/stat/arp_cache"); i <= to_line("net/stat/arp_cache"); i++) {
    columns = split(file_line[i], w, " ")
    for (j = 1; j <= columns; j++) {
      if (i == from_line("net/stat/arp_cache")) head[w[j]] = j
      else if (("entries" in head) && j == head["entries"]) entries = hex(toupper(w[j]))
      else if (("table_fulls" in head) && j == head["table_fulls"]) fulls = fulls + hex(toupper(w[j]))
    }
  }
  neighbour_limit = first_line("sys/net/ipv4/neigh/default/gc_thresh3") + 0
  neighbour_entries = entries + 0
  body = pair("entries", entries) pair("gc_thresh3", first_line("sys/net/ipv4/neigh/default/gc_thresh3"))
  if (fulls > 0) body = body " table_fulls=" number(fulls)
  return substr(body, 2)
}

function arc_size(  i, words) {
  for (i = from_line("spl/kstat/zfs/arcstats"); i <= to_line("spl/kstat/zfs/arcstats"); i++) {
    split(file_line[i], words, " ")
    if (words[1] == "size") return words[3]
  }
  return ""
}

# ---- What may hang: names of logs, room, clock, network cards, journals

function read_slow(  line, kind, name, i, path) {
  while ((SLOW | getline line) > 0) {
    journal_ended = 0
    if (kind == "journal") {
      if (line == "=end") journal_ended = 1
      else read_journal_line(line)
    } else if (line ~ /^=/) { kind = substr(line, 2); name = kind; sub(/ .*/, "", kind); sub(/^[^ ]* ?/, "", name); if (kind == "ena") cards++ }
    else if (kind == "") { sub(/^.*\//, "", line); if (line ~ /\.log$/) logs[++log_count] = line }
    else if (kind == "ipamd") { if (is_recent(line)) note_journal(line) }
    else if (kind == "room") read_room(line)
    else if (kind == "clock") read_clock(line)
    else if (kind == "ena") read_allowance(name, line)
  }
  close(SLOW)
  # A part of the journal does not show that nothing happened.
  if (JOURNAL != "" && !journal_ended && !journal_kinds) unreadable = unreadable (unreadable == "" ? "" : ",") "journal"
  if (BESIDE == "") return
  for (i = from_line(BESIDE "/statfs"); i <= to_line(BESIDE "/statfs"); i++) read_recorded_room(file_line[i])
  for (i = from_line(BESIDE "/chrony.txt"); i <= to_line(BESIDE "/chrony.txt"); i++) read_clock(file_line[i])
  for (path in first_of) if (index(path, BESIDE "/ethtool/") == 1) {
    cards++
    name = substr(path, length(BESIDE) + 10)
    sub(/\.txt$/, "", name)
    for (i = from_line(path); i <= to_line(path); i++) read_allowance(name, file_line[i])
  }
}

# path, bytes of a block, blocks, blocks free for others than root, inodes, inodes free
function read_room(line,  w) {
  if (split(line, w, " ") == 6 && w[3] > 0) add_room(w[1], number(w[2] * w[3]), number(w[2] * w[4]), w[5], w[6])
}

function read_recorded_room(line,  w) {
  if (split(line, w, " ") == 5 && is_number(w[2] w[3] w[4] w[5])) add_room(w[1], w[2], w[3], w[4], w[5])
}

function add_room(path, total, free, inodes, free_inodes) {
  if ((path in room_of) || room_count >= 8) return
  room_path[++room_count] = path
  room_of[path] = total " " free " " inodes " " free_inodes
  room_size[path] = total " " inodes
  if ((total > 0 && free + 0 < total * 0.12) || (inodes > 0 && free_inodes + 0 < inodes * 0.12)) is_nearly_full = 1
}

# With -c: id,name,stratum,time,offset,...,leap; without it one "name : value" a line.
function read_clock(line,  w, value) {
  if (split(line, w, ",") >= 14) { stratum = w[3]; offset = w[5]; leap = w[14]; return }
  value = line
  sub(/^[^:]*: */, "", value)
  if (line ~ /^Stratum +:/) stratum = value
  else if (line ~ /^System time +:/) offset = value
  else if (line ~ /^Leap status +:/) leap = value
}

function clock_body() {
  if (leap == "") return ""
  sub(/^[-+]/, "", offset)
  sub(/ .*/, "", offset)
  # Of a clock that is right there is no more to say.
  if (stratum > 0 && leap ~ /^Normal/ && offset ~ /^0\.00[0-9]+$/) return "synchronized"
  return (leap ~ /^Not sync/ || stratum + 0 == 0 ? "unsynchronized" : "synchronized") " stratum=" (is_number(stratum) ? stratum : "-") \
    " offset_seconds=" (offset ~ /^[0-9]+\.?[0-9]*$/ ? offset : "-") " leap=" clean(leap, 20)
}

function read_allowance(name, line,  w) {
  if (line !~ /^ *(bw_in|bw_out|pps|conntrack|linklocal)_allowance_exceeded: *[0-9]+$/) return
  split(line, w, /[: ]+/)
  if (w[1] == "") { w[1] = w[2]; w[2] = w[3] }
  if (!(name in allowance_seen)) { allowance_seen[name] = 1; allowance_name[++allowance_count] = name }
  if (w[2] > 0) allowance_of[name] = allowance_of[name] " " w[1] "=" w[2]
}

# The names come in the order of the network cards, of a recorded tree in any: sorted, so that nothing depends on it.
function allowances_body(  i, j, name, body) {
  if (!allowance_count) return ""
  for (i = 2; i <= allowance_count; i++) {
    name = allowance_name[i]
    for (j = i; j > 1 && allowance_name[j - 1] > name; j--) allowance_name[j] = allowance_name[j - 1]
    allowance_name[j] = name
  }
  body = "read " allowance_count
  for (i = 1; i <= allowance_count && i <= 16; i++) {
    name = allowance_name[i]
    if (name in allowance_of) body = body "\n" clean(name, 15) allowance_of[name]
  }
  return body
}

# ---- File systems

# id parent major:minor root mount-point mount-options ... - type source super-options; a blank in a path is \040.
function read_mounts(  i, w, columns, j) {
  for (i = from_line("1/mountinfo"); i <= to_line("1/mountinfo"); i++) {
    columns = split(file_line[i], w, " ")
    for (j = 7; j <= columns && w[j] != "-"; j++) ;
    if (j + 3 > columns) continue
    # The last mount of a place is the one that is seen.
    if (!(w[5] in mount_of)) mount_path[++mount_count] = w[5]
    mount_of[w[5]] = w[3] " " w[4]
    sub(/^\/dev\//, "", w[j + 2])
    mount_source[w[5]] = clean(w[j + 2], 40)
    mount_type[w[5]] = clean(w[j + 1], 20)
    mount_flag[w[5]] = flag_of(w[6])
    super_flag[w[5]] = flag_of(w[j + 3])
    is_on_device[w[5]] = w[3] !~ /^0:/
  }
}

function flag_of(options) { return options ~ /^ro(,|$)/ ? "ro" : options ~ /^rw(,|$)/ ? "rw" : "-" }

# The mount that a path is in, "" where no mount is known.
function mount_at(path) {
  while (path != "") {
    if (path in mount_of) return path
    if (path == "/") return ""
    sub(/\/[^\/]*$/, "", path)
    if (path == "") path = "/"
  }
  return ""
}

function filesystem_line(path, mount) {
  return clean(path, 100) " " (mount == "" ? "- - - -" : mount_source[mount] " " mount_type[mount] " " mount_flag[mount] " " super_flag[mount]) \
    " " ((path in room_of) ? room_of[path] : "- - - -")
}

# One line for each file system, and those of a worker first: a path is on the same one as another if it is in the same
# mount and has the same size. Then what else is on a device and turned read-only.
function filesystems_body(  i, j, paths_of, count, path, mount, seen, key, device, shown, extra, body) {
  read_mounts()
  count = split("/ /var/lib/containerd /var/lib/docker /var/lib/kubelet", paths_of, " ")
  for (i = 1; i <= room_count; i++) {
    for (j = 1; j <= count && paths_of[j] != room_path[i]; j++) ;
    if (j > count) paths_of[++count] = room_path[i]
  }
  for (i = 1; i <= count; i++) {
    path = paths_of[i]
    mount = mount_at(path)
    if (!(path in room_of) && mount != path) continue
    device = mount == "" ? "" : mount_of[mount]
    sub(/ .*/, "", device)
    key = device " " room_size[path]
    if (key in seen) continue
    seen[key] = 1
    if (device != "") shown[device] = 1
    if (mount != "" && super_flag[mount] == "ro" && (mount_flag[mount] == "rw" || i <= 4)) is_read_only = 1
    body = joined(body, filesystem_line(path, mount))
  }
  for (i = 1; i <= mount_count && extra < 3; i++) {
    path = mount_path[i]
    device = mount_of[path]
    sub(/ .*/, "", device)
    if (!is_on_device[path] || super_flag[path] != "ro" || mount_flag[path] != "rw" || (device in shown)) continue
    shown[device] = 1
    extra++
    is_read_only = 1
    body = joined(body, filesystem_line(path, path))
  }
  return body
}

# ---- The journal

function read_journal_line(line) {
  journal_lines++
  if (line ~ /^([^"]*systemd\[1\]: )?Started /) count_start(line)
  note_journal(line)
}

# systemd says it under either name of a unit; what the kubelet says of itself would count it twice.
function count_start(line) {
  if (line ~ /\.scope/) return
  if (line ~ /[Kk]ubelet/) starts["kubelet"]++
  else if (line ~ /containerd/) starts["containerd"]++
  else if (line ~ /[Dd]ocker/) starts["dockerd"]++
}

function note_journal(line,  kind) {
  kind = journal_kind(line)
  if (kind == "") return
  if (!(kind in journal_count)) journal_names[++journal_kinds] = kind
  journal_count[kind]++
  journal_text[kind] = line
}

# A line of the address manager log of the last 20 minutes, by its "ts":"2026-11-29T10:00:00.000Z"; without a clock or a
# time any is.
function is_recent(line,  w) {
  if (boot_time == "" || !match(line, /"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/)) return 1
  split(substr(line, RSTART + 1, 19), w, /[-T:]/)
  if (w[2] <= 2) { w[1]--; w[2] += 12 }
  w[3] += 365 * w[1] + int(w[1] / 4) - int(w[1] / 100) + int(w[1] / 400) + int((153 * (w[2] - 3) + 2) / 5) - 719469
  return boot_time + uptime - (w[3] * 86400 + w[4] * 3600 + w[5] * 60 + w[6]) < 1200
}

function journal_rows(is_summary,  i, kind, text, first) {
  if (JOURNAL == "" && !journal_kinds) return
  if (JOURNAL != "" && !journal_ended && !journal_kinds) return
  row("journal", 1, "read lines=" journal_lines + 0)
  for (i = 1; i <= journal_kinds; i++) {
    kind = journal_names[i]
    text = journal_text[kind]
    sub(/^[IWEF][0-9]+ [0-9:.]+ +[0-9]+ [^ ]+\] /, "", text)
    # What one pod may cause by itself comes after what stops the node.
    row("journal", is_summary ? (kind ~ /^(container_|pod_|hosts_|disk_)/ || first++ >= 2 ? 6 : 3) : 1, kind " " journal_count[kind] " " clean_sentence(text, 160))
  }
}

# ---- Slab caches

function read_slabinfo(  i, w, columns, bytes) {
  for (i = from_line("slabinfo"); i <= to_line("slabinfo"); i++) {
    columns = split(file_line[i], w, " ")
    if (columns < 6 || !is_number(w[2])) continue
    # name active_objs num_objs objsize objperslab pagesperslab : tunables a b c : slabdata active_slabs num_slabs ...
    if (columns < 15) w[15] = w[5] > 0 ? number(int((w[3] + w[5] - 1) / w[5])) : 0
    bytes = w[15] * w[6] * PAGE
    slab_caches++
    slab_bytes += bytes
    slab_name[i] = w[1]
    slab_slabs[i] = w[15]
    if (w[1] == "skbuff_head_cache") skb_line = i
    if (w[1] == "skbuff_head_cache" || w[1] == "skbuff_fclone_cache") skb_heads += w[2]
    if ((w[1] == "filp" || w[1] == "sock_inode_cache") && w[2] > file_objects) file_objects = w[2]
    if (bytes > 0) slab_top_count = keep_largest(slab_top, slab_top_bytes, slab_top_count, 25, i, bytes)
  }
  if (!slab_caches && index(PRESENT, " slabinfo")) unreadable = unreadable (unreadable == "" ? "" : ",") "slabinfo"
}

# Reclaimable or not stands in sysfs only.
function reclaim_flags(  i, flags) {
  for (i = 1; i <= slab_top_count; i++) {
    if (slab_name[slab_top[i]] ~ /^[A-Za-z0-9_.+-]+$/) flags = flags " " slab_name[slab_top[i]]
  }
  return flags == "" ? "" : below(SYS "/kernel/slab/", "skbuff_head_cache" flags, "/reclaim_account")
}

function slab_line(i,  flag, w) {
  flag = first_line(SYS "/kernel/slab/" slab_name[i] "/reclaim_account")
  split(file_line[i], w, " ")
  return clean(w[1], 32) " " w[2] " " w[3] " " w[4] " " w[5] " " w[6] " " slab_slabs[i] " " (flag == "0" || flag == "1" ? flag : "-")
}

function slab_rows(most, rank_of_first,  i, skb_shown) {
  if (!slab_caches) return
  row("slabinfo", 1, "total caches=" slab_caches " bytes=" number(slab_bytes))
  for (i = 1; i <= slab_top_count && i <= most; i++) {
    if (slab_top[i] == skb_line) skb_shown = 1
    row("slabinfo", rank_of_first ? rank_of_first + int((i - 1) / 2) : 1, slab_line(slab_top[i]))
  }
  if (skb_line && !skb_shown) row("slabinfo", 1, slab_line(skb_line))
}

# ---- Processes and the pods they are in

# stat and cgroup only: cmdline, environ and maps take a lock that a thrashing process may hold for ever. Of stat come
# the first line and the last, between which only a command with line ends has any.
function read_processes(  i, count, size, start, list, lines, known) {
  process_total = pid_count
  count = pid_count
  if (pid_count > PROCESS_LIMIT + 0) { count = PROCESS_LIMIT + 0; tasks_are_short = 1; lowest_first() }
  # All at once where that is not too much to hold; "[0-9]*" is the shortest of lists.
  size = count == pid_count && count <= 1500 ? count : 500
  lines = line_total
  known = path_total
  for (start = 1; start <= count; start += size) {
    list = ""
    if (size < count || tasks_are_short) for (i = start; i <= count && i < start + size; i++) list = list " " pids[i]
    ask("-E " QUOTE "^[0-9]+ [(]|[)] [A-Za-z] |^(0:|[0-9]+:[^/]*memory).*kubepods" QUOTE, \
      list == "" ? "[0-9]*/stat [0-9]*/cgroup" : each(list, "/stat") " " each(list, "/cgroup"))
    fetch()
    for (i = start; i <= count && i < start + size; i++) read_process(pids[i])
    forget(lines, known)
  }
  for (pid in zombies_of) {
    # The lowest pid among equals, since an array has no order of its own.
    if (zombies_of[pid] > zombie_most || (zombies_of[pid] == zombie_most && pid + 0 < zombie_parent + 0)) {
      zombie_most = zombies_of[pid]; zombie_parent = pid
    }
  }
}

# sh lists them as text; those of one length are in order, so the shorter ones come first. What keeps a node alive was
# started first, and has the low ones.
function lowest_first(  length_, i, n, sorted) {
  for (length_ = 1; length_ <= 10; length_++) {
    for (i = 1; i <= pid_count; i++) if (length(pids[i]) == length_) sorted[++n] = pids[i]
  }
  for (i = 1; i <= n; i++) pids[i] = sorted[i]
}

function read_process(pid,  i, line, rest, w, name, start, end) {
  i = from_line(pid "/stat")
  line = file_line[i]
  for (end = to_line(pid "/stat"); i < end; ) line = line "\n" file_line[++i]
  # The command may hold anything, even newlines and parentheses: it ends at the last parenthesis.
  start = index(line, "(")
  end = 0
  for (rest = line; (i = index(rest, ")")) > 0; rest = substr(rest, i + 1)) end += i
  # 22 figures are needed of 50: they stand in 180 characters but for a process of years.
  if (!end || (split(substr(rest, 2, 180), w, " ") < 23 && split(rest, w, " ") < 22)) return
  name = substr(line, start + 1, end - start - 1)
  command_of[pid] = name
  processes_read++
  threads += w[18]
  if (w[1] == "D") { uninterruptible++; if (waiting_count < 10) waiting[++waiting_count] = pid }
  if (pid == "2") has_kernel_threads = w[21] == "0"
  if (w[1] == "Z") { zombies++; zombies_of[w[2]]++; return }
  if (w[21] == "0") return # a kernel thread has no memory of its own
  if (has(pid "/cgroup")) place_in_pod(pid, first_line(pid "/cgroup"))
  resident_count = keep_largest(resident, resident_pages, resident_count, 20, pid, w[22] + 0)
  if (!(pid in pod_of)) {
    if (name !~ /^(containerd-shim|pause)/) daemons[++daemon_count] = pid
    else if (name ~ /^c/) shims++
    if (index(SERVICES, " " name " ") && name !~ / / && (!(name in service_pid) || w[20] + 0 < service_start[name] + 0)) {
      service_pid[name] = pid; service_start[name] = w[20]; service_pages[name] = w[22]; service_state[name] = w[1]
    }
  }
}

# ".../kubepods-burstable-pod<uid with _>.slice/cri-containerd-<id>.scope" or ".../burstable/pod<uid>/<id>".
# Most processes share their path with others, so it is taken apart once.
function place_in_pod(pid, path,  uid, id) {
  if (!(path in uid_at)) take_apart(path)
  uid = uid_at[path]
  if (uid == "") return
  pod_of[pid] = uid
  if (!(uid in pod_process)) pod_process[uid] = pid
  id = id_at[path]
  if (id == "") return
  container_of[pid] = id
  pod_pids[uid] = pod_pids[uid] " " pid
  if (command_of[pid] == "pause") is_sandbox[id] = 1
}

function take_apart(whole,  path, i, uid, rest, id) {
  uid_at[whole] = ""
  path = substr(whole, index(whole, "/"))
  if (!match(path, /[-\/]pod[0-9a-f][-_0-9a-f]+/)) return
  uid = substr(path, RSTART + 4, RLENGTH - 4)
  gsub(/_/, "-", uid)
  rest = substr(path, RSTART + RLENGTH)
  i = index(rest, "/")
  path = i ? substr(path, 1, RSTART + RLENGTH + i - 2) : path
  id = i ? substr(rest, i + 1) : ""
  sub(/\/.*/, "", id)
  sub(/\.scope$/, "", id)
  sub(/^.*[-:]/, "", id)
  uid_at[whole] = uid
  if (!(uid in pod_number)) {
    pod_uid[++pod_count] = uid
    pod_number[uid] = pod_count
    pod_path[uid] = substr(path, 2)
  }
  if (id !~ /^[0-9a-f]+$/) return
  id_at[whole] = id
  if (!(id in container_pod)) {
    container_pod[id] = uid
    container_ids[++container_count] = id
  }
}

function tasks_body(  body, count) {
  if (!processes_read) return ""
  count = threads
  # With more processes than we read, the kernel knows the number of threads better.
  if (tasks_are_short && split(first_line("loadavg"), loadavg_words, /[ \/]/) >= 5) count = loadavg_words[5]
  thread_count = count
  body = "processes " process_total "\nthreads " number(count) "\nzombies " zombies + 0 "\nuninterruptible " uninterruptible + 0
  if (zombie_most) body = body "\nzombie_parent " zombie_parent " " zombie_most " " clean(command_of[zombie_parent], 15)
  if (shims) body = body "\nshims " shims
  if (tasks_are_short) body = body "\nread " PROCESS_LIMIT
  return body
}

# Whether the processes are those of a container: the kernel counts far more threads than the list has, the first kernel
# thread is not in it, no kubelet, and the first process is no init. A recording may hold a few of the processes only.
function sees_only_its_own() {
  return !tasks_are_short && ("1" in command_of) && command_of["1"] !~ /^(systemd|init)$/ && !has_kernel_threads && !("kubelet" in service_pid) \
    && split(first_line("loadavg"), loadavg_words, /[ \/]/) >= 5 && loadavg_words[5] + 0 > 2 * threads + 64
}

function service_age(name) { return uptime == "" ? "" : uptime - service_start[name] / 100 }

function service_line(name) {
  return name " pid=" service_pid[name] " age_seconds=" (uptime == "" ? "-" : number(service_age(name))) \
    " rss_bytes=" number(service_pages[name] * PAGE) " state=" service_state[name] pair("again", service_again[name])
}

# A service that is stopped or waits for a device may do so for a moment: the first sample has its state, too, or else it
# is looked at again.
function look_again(  i, name, root, list, names, line, w) {
  root = FIRST_PROC == PROC || FIRST_PROC == "" ? PROC : FIRST_PROC
  if (root == PROC && PROC != "/proc") return
  for (i = split(SERVICES, names, " "); i > 0; i--) {
    if ((names[i] in service_pid) && service_state[names[i]] ~ /[TtD]/) list = list " " service_pid[names[i]]
  }
  if (list == "") return
  commands = (root == PROC ? "sleep 1; " : "") "cd " QUOTE root QUOTE " && grep -sH ^ " below("", list, "/stat") " | sed s/:/-again:/ ; "
  fetch()
  for (i = split(SERVICES, names, " "); i > 0; i--) {
    name = names[i]
    line = first_line(service_pid[name] "/stat-again")
    # The same process, by the time of its start.
    if (!(name in service_pid) || !match(line, /\)[^)]*$/)) continue
    if (split(substr(line, RSTART + 2), w, " ") >= 22 && w[20] == service_start[name]) service_again[name] = w[1]
  }
}

function services_body(  i, names, count, body) {
  count = split(SERVICES, names, " ")
  for (i = 1; i <= count; i++) if (names[i] in service_pid) body = joined(body, service_line(names[i]))
  return body
}

# A young service on an old node: how often did it start within 20 minutes?
function services_detail(  line, name, i, names, count, lines) {
  lines = journal_lines
  if (is_triggered("services") && STARTS != "") {
    split("", starts)
    lines = 1
    while ((STARTS | getline line) > 0) if (line ~ /^Started /) count_start(line)
    close(STARTS)
  }
  count = split(SERVICES, names, " ")
  for (i = 1; i <= count; i++) {
    name = names[i]
    if (name in service_pid) row("services", 1, service_line(name) (lines && name != "crio" ? " starts_20m=" starts[name] + 0 : ""))
  }
}

# ---- Containers, images and names

# Names stand in the names of log files, /var/log/containers/<pod>_<namespace>_<container>-<id>.log, which cost nothing
# to read; images, and names where there is no log, in the annotations of the bundles of containerd. A bundle is one line
# of twenty kilobytes, in memory and not on a disk: awk looks for a fixed text in it in a tenth of the time that grep
# takes to find a pattern. Sandboxes have none.
function name_containers(  i, id, name, w) {
  for (i = 1; i <= log_count; i++) {
    name = logs[i]
    sub(/\.log$/, "", name)
    id = name
    sub(/^.*-/, "", id)
    if (id !~ /^[0-9a-f]+$/ || length(id) < 12) continue
    if (split(substr(name, 1, length(name) - length(id) - 1), w, "_") != 3) continue
    log_pod[id] = clean(w[2] "/" w[1], 100)
    if (!(id in container_pod)) continue
    container_name[id] = clean(w[3], 63)
    pod_name[container_pod[id]] = log_pod[id]
  }
  for (i = 1; i <= container_count; i++) if (!(container_ids[i] in is_sandbox)) read_bundle(container_ids[i])
}

function read_bundle(id,  file, line, name, pod) {
  file = RUN "/containerd/io.containerd.runtime.v2.task/k8s.io/" id "/config.json"
  while ((getline line < file) > 0) {
    if (!(id in image_of) && (name = annotation(line, "image-name")) != "") image_of[id] = clean(name, 100)
    if (id in container_name) { if (id in image_of) break; continue }
    if ((name = annotation(line, "container-name")) != "") container_name[id] = clean(name, 63)
    if (!(container_pod[id] in pod_name) && (pod = annotation(line, "sandbox-name")) != "") {
      pod_name[container_pod[id]] = clean(annotation(line, "sandbox-namespace") "/" pod, 100)
    }
    bundle_seen[id] = 1
  }
  close(file)
  # What names no container is a sandbox.
  if ((id in bundle_seen) && !(id in container_name)) is_sandbox[id] = 1
}

# "io.kubernetes.cri.KEY": "VALUE"; the same inside a value would have its quotes escaped.
function annotation(line, key,  start, w) {
  key = "\"io.kubernetes.cri." key "\":"
  start = index(line, key)
  if (!start) return ""
  line = substr(line, start + length(key), 600)
  return split(line, w, "\"") >= 3 && w[1] ~ /^ *$/ ? w[2] : ""
}

function pod_title(uid) { return uid == "" ? "-" : (uid in pod_name) ? pod_name[uid] : uid }

# What is left of an image when registry host, tag and digest are taken away.
function repository(image,  slash, host) {
  sub(/@.*/, "", image)
  slash = index(image, "/")
  host = slash ? substr(image, 1, slash - 1) : ""
  if (host ~ /[.:]/ || host == "localhost") image = substr(image, slash + 1)
  sub(":[^/]*$", "", image)
  return image
}

# Four numbers below the prime 2^26 - 5 take in a character a round; squares of them are exact in an awk of doubles.
# Ten rounds later each round gives a letter. A tenant chooses the text: sums would be solved for, squares are not.
function hash(text,  i, a, b, c, d, e, word) {
  a = 1; b = 2; c = 3; d = 4
  for (i = 1; i <= length(text) + 20; i++) {
    e = (a * a + b + (i <= length(text) ? code_of[substr(text, i, 1)] : 0)) % 67108859
    a = (b * b + c + i) % 67108859
    b = (c * c + d) % 67108859
    c = (d * d + e) % 67108859
    d = e
    if (i > length(text) + 10) word = word substr(LETTERS, a % 52 + 1, 1)
  }
  return word
}

function images_line(  i, name, seen, line) {
  for (i = 1; i <= container_count; i++) {
    if (!(container_ids[i] in image_of)) continue
    name = repository(image_of[container_ids[i]])
    if (name == "" || name == "sha256" || (name in seen)) continue
    seen[name] = 1
    line = line (line == "" ? "" : " ") hash(name)
  }
  return line
}

# ---- Pods and their memory

# kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid>.slice or kubepods/burstable/pod<uid>; guaranteed
# pods are one level higher. Their figures are numbers or "max".
function pod_files(  top, files, i, w) {
  top = QUOTE CGROUP (cgroup_version == 2 ? "" : "memory/") QUOTE
  split(cgroup_version == 2 ? "memory.current memory.max" : "memory.usage_in_bytes memory.limit_in_bytes", w, " ")
  for (i = 1; i <= 2; i++) files = files " " top "kubepods*/*pod[0-9a-f]*/" w[i] " " top "kubepods*/*/*pod[0-9a-f]*/" w[i]
  return files
}

function pod_figure(uid, name2, name1) {
  return first_line(cgroup_version == 2 ? pod_path[uid] "/" name2 : "memory/" pod_path[uid] "/" name1)
}

function pod_memory(uid) { return pod_figure(uid, "memory.current", "memory.usage_in_bytes") }

function rank_pods(  i, bytes) {
  for (i = 1; i <= pod_count; i++) {
    bytes = pod_memory(pod_uid[i])
    # A pod that ended meanwhile has neither; without its limit it must not look unlimited.
    if (bytes == "" || pod_limit(pod_uid[i]) == "") continue
    largest_pod_count = keep_largest(largest_pod, largest_pod_bytes, largest_pod_count, 40, pod_uid[i], bytes + 0)
  }
}

# Version 1 writes "no limit" as the largest number of whole pages.
function pod_limit(uid,  bytes) {
  bytes = pod_figure(uid, "memory.max", "memory.limit_in_bytes")
  return (bytes == "max" || bytes + 0 > 9000000000000000000) ? "max" : bytes
}

function pod_qos(uid) {
  return pod_path[uid] ~ /besteffort/ ? "besteffort" : pod_path[uid] ~ /burstable/ ? "burstable" : "guaranteed"
}

function pod_row(i,  uid) {
  uid = largest_pod[i]
  return clean(uid, 36) " " ((uid in pod_name) ? pod_name[uid] : "-") " " pod_memory(uid) " " pod_limit(uid) " " pod_qos(uid)
}

# ---- Sockets that hold unread data

# Every network namespace once, through one process of each pod. The inode of the netlink socket that the kernel
# itself has there (protocol 0, port 0) is the fingerprint of a namespace: no link of /proc/PID/ns has to be followed.
# Of the netlink tables come only the head, the sockets of protocol and port 0, and those that hold something; packet
# sockets, told by a protocol of four digits, come all.
# Of the cgroups and of sysfs come figures alone, so one pattern does for all.
function ask_pods_and_sockets(  i, list, files) {
  for (i = 1; i <= pod_count; i++) list = list " " pod_process[pod_uid[i]]
  files = reclaim_flags() (pod_count ? pod_files() : "")
  if (list != "") files = files " " each(list, "/net/netlink") " " each(list, "/net/packet")
  if (files != "") ask("-E " QUOTE "^([0-9]+|max)$|^sk|^[^ ]+ +0 +0 |^[^ ]+ +[0-9]+ +[0-9-]+ +[0-9a-f]+ +[1-9]" \
    "|^[^ ]+ +[0-9]+ +[0-9]+ +[0-9a-f][0-9a-f][0-9a-f][0-9a-f] " QUOTE, files)
}

function read_sockets(  i, uid, process, netns) {
  sockets_known = has("net/packet") || has("net/netlink")
  if (sockets_known) {
    namespaces_read = 1
    namespace_of[fingerprint("net")] = "host"
    list_sockets("net", "host")
    folders = "net"
    netns_of["net"] = "host"
  }
  for (i = 1; i <= pod_count; i++) {
    uid = pod_uid[i]
    process = pod_process[uid] "/net"
    if (!has(process "/netlink") && !has(process "/packet")) {
      if (PROC == "/proc" || sockets_known) namespaces_failed++
      continue
    }
    sockets_known = 1
    netns = fingerprint(process)
    if (netns != "" && (netns in namespace_of)) {
      if (namespace_of[netns] == "host") on_host_network[uid] = 1
    } else {
      if (netns != "") namespace_of[netns] = uid
      namespaces_read++
      list_sockets(process, uid)
      folders = folders " " process
      netns_of[process] = uid
    }
  }
}

function fingerprint(folder,  i, w) {
  for (i = from_line(folder "/netlink"); i <= to_line(folder "/netlink"); i++) {
    if (split(file_line[i], w, " ") >= 10 && w[2] == "0" && w[3] == "0") return w[10]
  }
  return ""
}

function list_sockets(folder, netns,  i, w, columns) {
  # sk RefCnt Type Proto Iface R Rmem User Inode
  for (i = from_line(folder "/packet"); i <= to_line(folder "/packet"); i++) {
    columns = split(file_line[i], w, " ")
    if (columns >= 9 && is_number(w[columns])) add_socket("packet", netns, w[7], "-", w[columns])
  }
  # sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
  for (i = from_line(folder "/netlink"); i <= to_line(folder "/netlink"); i++) {
    columns = split(file_line[i], w, " ")
    if (columns >= 10 && w[5] > 0 && is_number(w[columns])) add_socket("netlink", netns, w[5], w[9], w[columns])
  }
}

# Unread TCP and UDP data, only where the node says that they hold 16 MiB: the tables of a busy node are long. grep keeps
# what has 1 MiB in its receive queue and does not listen (0A), for there the figure counts connections.
# sl local rem st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
function read_streams(  i, j, k, w, pages, files, count, folder, table) {
  for (i = from_line("net/sockstat"); i <= to_line("net/sockstat"); i++) {
    if (file_line[i] ~ /^(TCP|UDP): / && match(file_line[i], / mem [0-9]+/)) pages += substr(file_line[i], RSTART + 5, RLENGTH - 5)
  }
  if (pages * PAGE < 16777216 || folders == "") return
  split("tcp tcp6 udp udp6", table, " ")
  for (j = 1; j <= 4; j++) files = files " " each(folders, "/" table[j])
  ask("-E " QUOTE "^ *[0-9]+: [^ ]+ [^ ]+ 0[1-9B-F] [0-9A-F]+:0?0?[1-9A-F]" QUOTE, files)
  fetch()
  count = split(folders, folder, " ")
  for (i = 1; i <= count; i++) for (j = 1; j <= 4; j++) {
    for (k = from_line(folder[i] "/" table[j]); k <= to_line(folder[i] "/" table[j]); k++) {
      split(file_line[k], w, " ")
      if (is_number(w[10]) && w[10] > 0) add_socket(substr(table[j], 1, 3), netns_of[folder[i]], hex(substr(w[5], 10, 8)), j > 2 && is_number(w[13]) ? w[13] : "-", w[10])
    }
  }
}

function hex(digits,  i, value) {
  for (i = 1; i <= length(digits); i++) value = value * 16 + index("123456789ABCDEF", substr(digits, i, 1))
  return number(value)
}

function add_socket(family, netns, held, drops, inode,  n) {
  if ((family, inode) in is_socket) return # two pods that could not be told to share a namespace
  is_socket[family, inode] = 1
  n = ++socket_count
  socket_family[n] = family; socket_netns[n] = netns; socket_held[n] = held; socket_drops[n] = drops; socket_inode[n] = inode
  held_total += held
  # A fast download may have 1 MiB unread for a moment.
  if (held + 0 > held_most && family !~ /^(tcp|udp)$/) held_most = held + 0
  top_socket_count = keep_largest(top_socket, top_socket_bytes, top_socket_count, 40, n, held + 0)
}

# Which process has the socket open? Looks only where it can be: the pods whose namespace it is and those on the host
# network, then, for what is still missing, the daemons of the host.
function find_owners(  i, n, uid, seen, list, count, j, words) {
  for (i = 1; i <= top_socket_count; i++) {
    n = top_socket[i]
    wanted_inodes = wanted_inodes (wanted_inodes == "" ? "" : "|") socket_inode[n]
    is_wanted[socket_inode[n]] = 1
    if (socket_netns[n] == "host") host_sockets++
    else if (!(socket_netns[n] in seen)) { seen[socket_netns[n]] = 1; list = list pod_pids[socket_netns[n]] }
  }
  if (wanted_inodes == "") return
  if (host_sockets) for (i = 1; i <= pod_count; i++) if (pod_uid[i] in on_host_network) list = list pod_pids[pod_uid[i]]
  count = split(list, words, " ")
  look_for_owners(words, count)
  if (host_sockets > host_sockets_found) look_for_owners(daemons, daemon_count)
}

function look_for_owners(list, count,  i, command) {
  for (i = 1; i <= count; i++) {
    # Twice the same directory: ls names directories only when it is given more than one.
    command = command " " QUOTE PROC "/" list[i] "/fd" QUOTE
    if (i == 1) command = command command
    if (length(command) > 16000 || i == count) { look_in(command); command = "" }
  }
}

# -n, since names of users would ask the name service; -E with the inodes, since a node has ten thousand descriptors.
function look_in(directories,  command, line, pid, inode, part, count) {
  command = (LIMIT == "" ? "" : LIMIT " 8 ") "ls -ln" directories " | grep -E " QUOTE "/fd:$|socket:.(" wanted_inodes ").$" QUOTE
  while ((command | getline line) > 0) {
    if (line ~ /\/fd:$/) { count = split(line, part, "/"); pid = part[count - 1]; continue }
    inode = line
    sub(/.*socket:\[/, "", inode)
    sub(/\].*/, "", inode)
    if (!(inode in is_wanted) || (inode in owner_of)) continue
    owner_of[inode] = pid
    if (!(pid in pod_of) || (pod_of[pid] in on_host_network)) host_sockets_found++
  }
  close(command)
}

function socket_row(n,  pid, id, uid) {
  pid = owner_of[socket_inode[n]]
  id = container_of[pid]
  uid = pid != "" ? pod_of[pid] : socket_netns[n] != "host" ? socket_netns[n] : ""
  return socket_family[n] " " clean(socket_netns[n], 36) " " socket_held[n] " " socket_drops[n] " " socket_inode[n] " " \
    (pid == "" ? "-" : pid) " " (pid == "" ? "-" : clean(command_of[pid], 15)) " " clean(pod_title(uid), 100) " " \
    ((id in container_name) ? container_name[id] : "-") " " ((id in image_of) ? image_of[id] : "-")
}

function socket_rows(most, is_summary,  i) {
  if (!sockets_known) return
  row("sockets", 1, "total count=" socket_count + 0 " rmem_bytes=" number(held_total + 0) " netns_read=" namespaces_read + 0 \
    " netns_failed=" namespaces_failed + 0)
  for (i = 1; i <= top_socket_count && i <= most; i++) {
    row("sockets", is_summary ? i + 4 : i <= 6 ? 2 : i <= 12 ? 4 : 6, socket_row(top_socket[i]))
  }
}

# ---- The kernel log

# Reads it whole, since "no out-of-memory kill was logged" is a finding too, and keeps the last 15 events of each kind
# of the last 24 hours: a flood of one kind must not hide another.
function read_kernel_log(  line, parts, count, i) {
  if (KERNEL_LOG == "") return
  while ((KERNEL_LOG | getline line) > 0) {
    if (line == "fleetscan: kernel log unreadable") { log_failed = 1; continue }
    log_lines++
    # A log file may hold earlier boots; their events say nothing about this one.
    if (index(line, "Linux version ")) { split("", event_text); split("", kind_count); split("", event_at); log_oldest = ""; log_started = 0 }
    if (!log_started) { log_started = 1; log_oldest = log_age(line) }
    if (is_log_event(line)) read_event(line)
  }
  close(KERNEL_LOG)
  if (log_failed && !event_number) unreadable = unreadable (unreadable == "" ? "" : ",") "kernel_log"
}

# Seconds since the line was logged, from "[12345.678901]", which counts from boot; "-" when there is no such mark.
function log_age(line,  age) {
  if (uptime == "" || !match(line, /\[ *[0-9]+\.[0-9]+\]/) || RSTART > 120) return "-"
  age = substr(line, RSTART + 1, RLENGTH - 2)
  age = uptime - age
  # A little ahead is clock drift between the two files, far ahead is another boot.
  return age < -60 ? "-" : age < 0 ? 0 : number(age)
}

# rsyslog writes the newlines of one message as #012: "... kernel: Mem-Info:#012active_anon:..."
function read_event(line,  age, parts, count, i, text) {
  age = log_age(line)
  if (age != "-" && age + 0 > 86400) return
  if (age != "-") line = substr(line, RSTART + RLENGTH)
  else if (match(line, /kernel: */)) { line = substr(line, RSTART + RLENGTH); sub(/^\[ *[0-9]+\.[0-9]+\]/, "", line) }
  else sub(/^(<[0-9]+>)?\[[^]]*\]/, "", line)
  count = split(line, parts, "#012")
  for (i = 1; i <= count; i++) {
    text = parts[i]
    sub(/^ *(\[ *[CT][0-9]+\])? */, "", text)
    sort_event(text, age)
  }
}

function sort_event(text, age,  kind) {
  if (text ~ /invoked oom-killer:/) { is_manual = text ~ /order=-1[^0-9]/; return }
  # Somebody pressed SysRq-f: that kills a process but no memory was exhausted.
  if (text ~ /moom_callback|Manual OOM execution/) { is_manual = 1; return }
  kind = kernel_kind(text)
  if (kind ~ /^oom/) { if (!is_manual) add_event(kind, age, short_oom(text)) }
  else if (kind == "fork_rejected") add_event(kind, age, short_fork(text))
  else if (kind != "") add_event(kind, age, text)
}

# ---- Patterns of the logs: documents/build.py writes them from capture/log_patterns.toml. Edit that.
# Whether a line of the kernel log is worth a closer look.
function is_log_event(line) { return line ~ /oom-kill|a result of limit|Kill process|moom_callback|Manual OOM|Killed process|memory\.oom\.group|for more than |soft lockup|stall|hard LOCKUP|kthread starved|workqueue lockup|BUG|Unable to handle kernel|\[#|emounting filesystem read-only|hutting down filesystem|been shut down|Aborting journal|forced readonly|EXT4-fs error|EXT4-fs warning|XFS \(|BTRFS|error, dev |Buffer I\/O error|JBD2: |nvme|unregister_netdevice|ena |NETDEV WATCHDOG|table full|table overflow|TCP: out of memory|: page allocation |fork rejected by pids|Hardware Error\]|EDAC|Memory failure|hardware memory|PCIe Bus Error|CE memory read error|Xid \(|fallen off the bus|NEURON_HW_ERR=|RmInitAdapter failed|libnccl\.so|GPU reset begin|\]: segfault at |traps: / }

# A text is made a pattern when it is used, and most never are: gawk takes 5 ms to make them all.
function kernel_kind(text) {
  if ((index(text, "oom-kill") || index(text, "a result of limit") || index(text, "Kill process") || index(text, "moom_callback") || index(text, "Manual OOM")) && text ~ "^oom-kill:(constraint=|,cpuset=)|^(Memory cgroup o|O)ut of memory: Kill process [0-9]+ \\(|^Task in /[^ ]* killed as a result of limit of /") return "oom_kill"
  if ((index(text, "Killed process") || index(text, "memory.oom.group")) && text ~ "^((Memory cgroup o|O)ut of memory: )?Killed process [0-9]+ \\(|^Tasks in /[^ ]* are going to be killed due to memory\\.oom\\.group set") return "oom_victim"
  if ((index(text, "for more than ")) && text ~ "^INFO: task .?.?.?.?.?.?.?.?.?.?.?.?.?.?.?:[0-9]+ blocked (in I/O wait )?for more than [0-9]+ seconds") return "task_hung"
  if ((index(text, "soft lockup")) && text ~ "^(NMI )?watchdog: BUG: soft lockup - CPU#[0-9]+ stuck") return "soft_lockup"
  if ((index(text, "stall") || index(text, "hard LOCKUP") || index(text, "kthread starved") || index(text, "workqueue lockup")) && text ~ "^(rcu: )?INFO: rcu[a-z_]* (self-)?detected (expedited )?stalls? on CPU|^(rcu: )?rcu[a-z_]* kthread starved for [0-9]+ jiffies|^(NMI )?watchdog: (CPU[0-9]+: )?Watchdog detected hard LOCKUP on cpu [0-9]+|^BUG: workqueue lockup - pool ") return "cpu_stalled"
  if ((index(text, "BUG") || index(text, "Unable to handle kernel") || index(text, "[#")) && text ~ "^BUG: ([^w:([][^:([][^:([][^:([][^:([][^:([][^:([][^:([][^:([][^:([][^:([]|K(ASAN|FENCE): [-a-z ]+ in |workqueue leaked )|^(kernel BUG at [^ :]+:[0-9]+!|Unable to handle kernel )|^[A-Za-z][-A-Za-z0-9 ,:]*: [0-9a-f][0-9a-f][0-9a-f][0-9a-f]+ \\[#[0-9]+\\]( |$)") return "kernel_bug"
  if ((index(text, "emounting filesystem read-only") || index(text, "hutting down filesystem") || index(text, "been shut down") || index(text, "Aborting journal") || index(text, "forced readonly")) && text ~ "^[A-Za-z0-9-]+ \\([-A-Za-z0-9_.!]+\\): (error: )?[Rr]emounting filesystem read-only|^Aborting journal on device |^XFS \\([-A-Za-z0-9_.!]+\\): ([^:([]*hutting down filesystem|Filesystem has been shut down|[^:([]+\\(0x[0-9a-f]+\\) detected at .*hutting down filesystem)|^BTRFS[^([]*\\(device [-A-Za-z0-9_.!]+(: state [A-Z]+)?\\)[^[]*: forced readonly") return "filesystem_readonly"
  if ((index(text, "EXT4-fs error") || index(text, "EXT4-fs warning") || index(text, "XFS (") || index(text, "BTRFS")) && text ~ "^EXT4-fs (error|warning) \\(device [-A-Za-z0-9_.!]+\\)|^XFS \\([-A-Za-z0-9_.!]+\\): (log I/O error |[Mm]etadata (I/O error|corruption detected|CRC error)|writeback error|Internal error )|^BTRFS error \\(device [-A-Za-z0-9_.!]+\\)") return "filesystem_error"
  if ((index(text, "error, dev ") || index(text, "Buffer I/O error") || index(text, "JBD2: ") || index(text, "nvme")) && text ~ "^((blk_update_request|print_req_error|end_request): )?(I/O|timeout|critical [a-z]+|recoverable transport|protection) error, dev [^ ,]+, sector|^Buffer I/O error on dev(ice)? [^ ,]+, logical block|^JBD2: (Detected IO errors|I/O error) |^nvme nvme[0-9]+: I/O [^:[]*QID [0-9]+ timeout, |^nvme nvme[0-9]+: (controller is down|Device not ready; aborting|Removing after probe failure|Disabling device after reset failure|Identify Controller failed)|^nvme[0-9]+(c[0-9]+)?n[0-9]+: [^@[]* @ LBA [0-9]+, [0-9]+ blocks, ") return "io_error"
  if ((index(text, "unregister_netdevice")) && text ~ "^unregister_netdevice: waiting for ") return "netdevice_stuck"
  if ((index(text, "ena ") || index(text, "NETDEV WATCHDOG")) && text ~ "^ena [0-9a-f:.]+( [-a-z0-9_.]+)?: (Keep alive watchdog timeout|Trigger reset is on|Device reset completed|Device reset failed|Reset attempt failed|Restore attempt failed|The device has detected an unhealthy state)|^ena [0-9a-f:.]+( [-a-z0-9_.]+)?: .*([Ll]ost [Tt][Xx] completions (are|is) above|Reset the device)|^([a-z0-9_]+ [0-9a-f:.]+ [-a-z0-9_.]+: )?NETDEV WATCHDOG: .*transmit queue [0-9]+ timed out") return "network_device"
  if ((index(text, "table full")) && text ~ "^(nf|ip)_conntrack: (nf_conntrack: )?table full") return "conntrack_full"
  if ((index(text, "table overflow")) && text ~ "^(neighbour: )?[a-z_]+: neighbor table overflow!") return "neighbour_overflow"
  if ((index(text, "TCP: out of memory")) && text ~ "^TCP: out of memory") return "tcp_memory"
  if ((index(text, ": page allocation ")) && text ~ "^.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?: page allocation (failure: |stalls for [0-9]+ms, )order:[0-9]+") return "page_allocation"
  if ((index(text, "fork rejected by pids")) && text ~ "^cgroup: fork rejected by pids controller in ") return "fork_rejected"
  if ((index(text, "Hardware Error]") || index(text, "EDAC") || index(text, "Memory failure") || index(text, "hardware memory") || index(text, "PCIe Bus Error")) && text ~ "^[^ ]*\\[Hardware Error\\]: event severity: (fatal|recoverable)|^(mce: )?\\[Hardware Error\\]: CPU [0-9]+: Machine Check Exception: |^(mce: )?\\[Hardware Error\\]: (Uncorrected, software |System Fatal error|Deferred error)|^EDAC MC[0-9]+: [0-9]+ UE ([-A-Za-z ,]+ )?on |^(Memory failure: 0x[0-9a-f]+: (recovery action|Sending SIGBUS|Killing|[Uu]nrecoverable)|mce: Uncorrected hardware memory error|MCE: Killing [^[]+:[0-9]+ due to hardware memory corruption)|^[-a-z0-9_]+ [0-9a-f:.]+: (AER: )?PCIe Bus Error: severity=Uncorrect") return "hardware_error"
  if ((index(text, "Hardware Error]") || index(text, "EDAC") || index(text, "PCIe Bus Error") || index(text, "CE memory read error")) && text ~ "^[^ ]*\\[Hardware Error\\]: event severity: corrected|^(mce: )?\\[Hardware Error\\]: (Machine check events logged|Corrected error, no action required)|^(EDAC MC[0-9]+: [0-9]+ CE ([-A-Za-z ,]+ )?on |CE memory read error )|^[-a-z0-9_]+ [0-9a-f:.]+: (AER: )?PCIe Bus Error: severity=Correct") return "hardware_corrected"
  if ((index(text, "Xid (") || index(text, "fallen off the bus") || index(text, "NEURON_HW_ERR=")) && text ~ "^NVRM: (Xid \\((PCI:)?[0-9a-f:.]+\\): (46|48|54|62|64|74|79|95|109|110|119|120|136|140|142|143|151|155|156|158),|[^[]*GPU has fallen off the bus)|^nvidia-nvswitch[0-9]+: SXid \\([^)]*\\): [0-9]+, Fatal|^([-A-Za-z0-9_:.+]+ )?([-A-Za-z0-9_:.+]+ )?NEURON_HW_ERR=[A-Z][A-Z_]+") return "accelerator_error"
  if ((index(text, "Xid (") || index(text, "RmInitAdapter failed") || index(text, "libnccl.so") || index(text, "GPU reset begin")) && text ~ "^NVRM: (Xid \\((PCI:)?[0-9a-f:.]+\\): [0-9]+,|[^[]*RmInitAdapter failed)|^nvidia-nvswitch[0-9]+: SXid \\([^)]*\\): [0-9]+, Non-fatal|: segfault at .* in libnccl\\.so|^amdgpu [^ ]+: (amdgpu: )?GPU reset begin") return "accelerator_warning"
  if ((index(text, "]: segfault at ") || index(text, "traps: ")) && text ~ "^.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?\\[[0-9]+\\]: segfault at [0-9a-f]+ ip |^traps: .?.?.?.?.?.?.?.?.?.?.?.?.?.?.?\\[[0-9]+\\] [a-z][a-z0-9 -]+ ip:[0-9a-f]+ sp:") return "process_crashed"
  return ""
}

# What a container printed in a probe or hook, and a command that its image lacks, is of no kind.
function journal_kind(text) {
  if (text ~ /[Pp]robe (failed|errored|for )|ifecycle hook|container process( caused)?[^a-z]*exec: /) return ""
  if (text ~ /PLEG is not healthy: pleg was last seen active/) return "pleg"
  if (text ~ /Kill(Container|PodSandbox)Error: [^a-z]*rpc error: code = DeadlineExceeded|during waiting for container .* to be killed/) return "pod_not_ended"
  if (text ~ /Pod still has one or more containers in the non-exited state/) return "pod_ending"
  if (text ~ /mounting .*\/etc-hosts.* to rootfs.* at .*\/etc\/hosts/) return "hosts_mount_failed"
  if (text ~ /OCI runtime create failed: /) return "container_not_created"
  if (text ~ /container runtime is down|Container runtime (sanity check failed|not ready)|(containerd|dockershim|crio)\.sock: connect: (connection refused|no such file)|(from|in) runtime service failed.* code = DeadlineExceeded/) return "runtime_not_responding"
  if (text ~ /fork\/exec [^ ]+: (resource temporarily unavailable|cannot allocate memory)|failed to create new OS thread.*errno=11|pthread_create failed: Resource temporarily unavailable/) return "fork_failed"
  if (text ~ /(inotify|fsnotify)[^"]*: (too many open files|no space left on device)|[Ii]notify (instances|watches) (reached|limit)/) return "inotify"
  if (text ~ /[Nn]o space left on device/) return "no_space"
  if (text ~ /Image garbage collection failed multiple times|ailed to garbage collect required amount of images/) return "image_gc_failed"
  if (text ~ /fs: disk usage and inodes count on following dirs took/) return "disk_usage_slow"
  if (text ~ /InsufficientFreeAddressesInSubnet|ailed to assign an IP address to container|no available IP addresses/) return "address_missing"
  if (text ~ /Unable to reach API Server|Failed to check API server connectivity/) return "cni_not_ready"
  if (text ~ /Starting L-IPAMD/) return "cni_started"
  if (text ~ /[Ee]viction manager: (attempting to reclaim|must evict pod|pods? [^ ]+ ?is evicted)/) return "eviction"
  if (text ~ /(kubelet|containerd|docker)\.service[:,]? (entered failed state|Failed with result|Main process exited, code=(killed|dumped))|^Failed to start [^"]*([Kk]ubelet|containerd)|^time="[^"]*" level=fatal |^panic: /) return "runtime_error"
  return ""
}
# ---- The patterns end.

function add_event(kind, age, text,  slot) {
  slot = kind_count[kind]++ % 15
  if ((kind, slot) in event_at) delete event_text[event_at[kind, slot]]
  event_at[kind, slot] = ++event_number
  event_kind[event_number] = kind
  event_text[event_number] = kind " " age " " clean_sentence(text, 240)
  if (kind ~ /^oom/) log_has_oom = 1
  else log_has_event = 1
}

# The path of a cgroup from the pod on, ids cut to 12, with the name of the pod where the node still knows it.
function short_fork(text,  uid, id, start) {
  start = index(text, " in /")
  if (!start || !match(text, /[-\/]pod[0-9a-f][-_0-9a-f]+/)) return text
  uid = substr(text, RSTART + 4, RLENGTH - 4)
  gsub(/_/, "-", uid)
  if (match(text, HEX_16 "[0-9a-f]+") && RLENGTH == 64) {
    id = substr(text, RSTART, 64)
    text = substr(text, 1, RSTART + 11) substr(text, RSTART + 64)
  }
  match(text, /[^\/]*pod[0-9a-f][-_0-9a-f]+/)
  text = substr(text, 1, start + 4) substr(text, RSTART)
  id = (uid in pod_name) ? pod_name[uid] : (id in log_pod) ? log_pod[id] : ""
  return text (id == "" ? "" : ",pod=" id)
}

# Lines about OOM kills are longer than our 240 characters: of their paths stays what says whose limit was reached and
# whose task was killed, node masks and the user go, and the pod gets its name where the node still knows it.
function short_oom(text,  at, head, tail, limit, name) {
  if (match(text, / killed as a result of limit of /)) {
    at = RSTART
    limit = short_limit(substr(text, RSTART + RLENGTH))
    text = "Task in " short_path(substr(text, 9, at - 9)) " killed as a result of limit of " limit
  } else if (match(text, / are going to be killed due to /)) {
    tail = substr(text, RSTART)
    text = "Tasks in " short_path(substr(text, 10, RSTART - 10)) tail
  } else {
    # A command may say anything, but it comes behind the paths.
    at = index(text, ",task=")
    if (!at || text !~ /^oom-kill:/) return text
    tail = substr(text, at)
    sub(/,uid=[0-9]+ *$/, "", tail)
    text = substr(text, 1, at - 1)
    head = substr(text, 1, index(text, ",") - 1)
    if (index(text, ",global_oom")) head = head ",global_oom"
    if (at = index(text, ",oom_memcg=")) head = head ",oom_memcg=" short_limit(up_to_comma(substr(text, at + 11)))
    path_uid = path_id = ""
    if (at = index(text, ",task_memcg=")) head = head ",task_memcg=" short_path(up_to_comma(substr(text, at + 12)))
    text = head tail
  }
  name = (path_uid in pod_name) ? pod_name[path_uid] : (path_id in log_pod) ? log_pod[path_id] : ""
  # A name that were cut would be that of another pod.
  return name == "" || length(text) + length(name) > 235 ? text : text ",pod=" name
}

function up_to_comma(text) { sub(/,.*/, "", text); return text }

# Whatever the cgroup driver, of the path of a pod stays /pod<uid>, of a container /pod<uid>/<12 digits of its id>.
function short_path(path,  tail) {
  path_uid = path_id = ""
  if (match(path, /pod[0-9a-f][-_0-9a-f]+/) && RLENGTH > 34) {
    tail = substr(path, RSTART + RLENGTH)
    path_uid = substr(path, RSTART + 3, RLENGTH - 3)
    gsub(/_/, "-", path_uid)
    sub(/^\.slice/, "", tail)
    if (match(tail, HEX_16 "[0-9a-f]+")) {
      path_id = substr(tail, RSTART, RLENGTH)
      tail = "/" substr(path_id, 1, 12)
    }
    return "/pod" path_uid substr(tail, 1, 24)
  }
  while (match(path, HEX_16 HEX_16 HEX_16 HEX_16)) path = substr(path, 1, RSTART + 11) substr(path, RSTART + 64)
  return substr(path, 1, 64)
}

# The limit is that of the cgroup of the task or of one above it, so of the uid 8 digits will do.
function short_limit(path) {
  path = short_path(path)
  return path_uid == "" ? path : "/pod" substr(path_uid, 1, 8) substr(path, length(path_uid) + 5)
}

# Of each kind the newest line comes before the second of any, so that none hides another; then how many there were of
# a kind of which not all are shown.
function kernel_log_rows(most, is_summary,  i, kind, nth, of_kind, with_nth, whole, rest, shown, shown_of, counts, names, first) {
  if (KERNEL_LOG == "" || (log_failed && !event_number)) return # a part of the log does not show that nothing happened
  for (i = event_number; i >= 1; i--) {
    if (!(i in event_text)) continue
    nth[i] = ++of_kind[event_kind[i]]
    with_nth[nth[i]]++
  }
  for (rest = most; with_nth[whole + 1] > 0 && with_nth[whole + 1] <= rest; whole++) rest -= with_nth[whole + 1]
  for (i = event_number; i >= 1; i--) {
    if (!(i in nth) || nth[i] > whole + 1 || (nth[i] > whole && rest-- <= 0)) continue
    names[++shown] = i
    shown_of[event_kind[i]]++
  }
  for (i = 1; i <= shown; i++) {
    kind = event_kind[names[i]]
    if (kind_count[kind] > shown_of[kind] && nth[names[i]] == 1) counts = counts " " kind "=" kind_count[kind]
  }
  row("kernel_log", 1, "read lines=" log_lines + 0 " oldest_age_seconds=" (log_oldest == "" ? "-" : log_oldest) counts)
  for (i = 1; i <= shown; i++) {
    # A pod may crash as often as it likes, so that is no reason to leave another line out.
    kind = is_summary && event_kind[names[i]] == "process_crashed" ? 8 : !first++ ? 4 : 7
    row("kernel_log", is_summary ? kind : nth[names[i]] == 1 ? 2 : 5, event_text[names[i]])
  }
}

# ---- Detail only

# The files of two sections at once. What the memory of the pods consists of the kernel first has to add up over all
# cgroups on version 2, so only here.
function ask_detail(  i, list, memory) {
  for (i = 1; i <= resident_count; i++) list = list " " resident[i]
  memory = below(CGROUP, SLICES " " SLICES_MEMORY, "/memory.stat") below(CGROUP, SLICES_MEMORY, "/memory.kmem.usage_in_bytes") \
    below(CGROUP, SLICES_MEMORY, "/memory.kmem.tcp.usage_in_bytes")
  ask("-E " QUOTE "^VmSwap:|^(anon|file|kernel|slab|sock|total_rss|total_cache) |^[0-9]+$" QUOTE, memory (list == "" ? "" : " " each(list, "/status")))
  fetch()
}

function process_rows(  i, pid) {
  for (i = 1; i <= resident_count; i++) {
    pid = resident[i]
    row("processes", 2, pid " " clean(command_of[pid], 15) " " number(resident_pages[i] * PAGE) " " \
      kilobytes(value_of(pid "/status", "VmSwap:")) " " pod_title(pod_of[pid]))
  }
}

function kilobytes(value) { return value == "" ? "-" : number(value * 1024) }

# FDSize, the room in the table, is cheap for all; the real count is made for those with the most room.
function descriptor_rows(  i, pid, keys, values, count, command, line, order, sizes, n) {
  ask("^FDSize:", "[0-9]*/status")
  fetch()
  for (i = 1; i <= pid_count; i++) {
    if (!(pids[i] in command_of)) continue
    count = keep_largest(keys, values, count, 12, pids[i], value_of(pids[i] "/status", "FDSize:") + 0)
  }
  for (i = 1; i <= count; i++) {
    # -f neither sorts nor asks for each entry; it lists "." and ".." too.
    command = (LIMIT == "" ? "" : LIMIT " 5 ") "ls -f " QUOTE PROC "/" keys[i] "/fd" QUOTE " | wc -l"
    if ((command | getline line) > 0 && line - 2 > 0) n = keep_largest(order, sizes, n, 12, keys[i], line - 2)
    close(command)
  }
  for (i = 1; i <= n; i++) {
    pid = order[i]
    row("descriptors", 2, pid " " clean(command_of[pid], 15) " " number(sizes[i]) " " pod_title(pod_of[pid]))
  }
}

function container_rows(  i, id) {
  for (i = 1; i <= container_count; i++) {
    id = container_ids[i]
    if (id in is_sandbox) continue
    row("containers", 3, substr(id, 1, 12) " " pod_title(container_pod[id]) " " ((id in container_name) ? container_name[id] : "-") \
      " " ((id in image_of) ? image_of[id] : "-"))
  }
}

function slice_rows(  i, name, path, line, old) {
  for (i = 1; i <= slice_count; i++) {
    name = slice_name[i]
    if (slice_memory(name) == "") continue
    line = slice_title(name) " memory_bytes=" slice_memory(name)
    if (slice_cpu(name) != "") line = line " cpu_usec=" slice_cpu(name)
    line = line slice_limits(name)
    path = name "/memory.stat"
    old = "memory/" name
    if (has(path)) {
      line = line pair("anon_bytes", value_of(path, "anon")) pair("file_bytes", value_of(path, "file")) \
        pair("kernel_bytes", value_of(path, "kernel") == "" ? value_of(path, "slab") : value_of(path, "kernel")) \
        pair("sock_bytes", value_of(path, "sock"))
    } else {
      line = line pair("anon_bytes", value_of(old "/memory.stat", "total_rss")) pair("file_bytes", value_of(old "/memory.stat", "total_cache")) \
        pair("kernel_bytes", first_line(old "/memory.kmem.usage_in_bytes")) pair("sock_bytes", first_line(old "/memory.kmem.tcp.usage_in_bytes"))
    }
    row("slices", 1, line)
  }
}

function pair(key, value) { return value == "" ? "" : " " key "=" value }

# A whole disk has no number behind its letters, and no "p" behind its number.
function is_disk(name) {
  return name ~ /^(sd|xvd|vd|hd)[a-z]+$/ || name ~ /^(nvme[0-9]+n|mmcblk|md)[0-9]+$/ || (name ~ /^xvd[a-z]+1$/ && !(substr(name, 1, length(name) - 1) in first_disk))
}

# major minor name reads merged sectors ms writes merged sectors ms in-flight ms ms-of-all-in-flight
function disk_rows(  i, j, w, was, name, disk, count, keys, values, list, line, volume, d) {
  if (!has_first_disks || !has("diskstats")) return
  for (i = from_line("diskstats"); i <= to_line("diskstats"); i++) {
    if (split(file_line[i], w, " ") < 14 || !is_disk(w[3]) || !(w[3] in first_disk)) continue
    name = w[3]
    split(first_disk[name], was, " ")
    for (j = 4; j <= 14; j++) d[j] = w[j] - was[j]
    if (d[4] < 0 || d[8] < 0 || d[7] < 0 || d[11] < 0 || d[13] < 0 || d[14] < 0) continue
    disk[name] = " reads=" number(d[4]) " writes=" number(d[8]) " read_ms=" number(d[7]) " write_ms=" number(d[11]) \
      " busy_ms=" number(d[13]) " queue_ms=" number(d[14]) " in_flight=" number(w[12])
    count = keep_largest(keys, values, count, 10, name, d[14])
  }
  for (i = 1; i <= count; i++) list = list " " keys[i]
  if (list == "") return
  ask("^", below(SYS "/block/", list, "/device/serial"))
  fetch()
  for (i = 1; i <= count; i++) {
    volume = first_line(SYS "/block/" keys[i] "/device/serial")
    gsub(/ /, "", volume)
    sub(/^vol-?/, "vol-", volume)
    row("disks", 2, keys[i] disk[keys[i]] " volume=" (volume ~ /^vol-[0-9a-f]+$/ ? substr(volume, 1, 40) : "-"))
  }
}

function waiting_rows(  i) {
  for (i = 1; i <= waiting_count; i++) row("waiting", 2, waiting[i] " " clean(command_of[waiting[i]], 15) " " pod_title(pod_of[waiting[i]]))
}

# Node 0, zone   Normal   4381 2107 ...; a small node may have no zone of that name: then its last one.
function buddyinfo_rows(  i, j, w, columns, zone, blocks, orders, line) {
  ask("^", "buddyinfo")
  fetch()
  for (i = from_line("buddyinfo"); i <= to_line("buddyinfo"); i++) {
    columns = split(file_line[i], w, " ")
    if (w[4] !~ /^(Normal|DMA|DMA32)$/ || (zone == "Normal" && w[4] != zone)) continue
    if (w[4] != zone) { zone = w[4]; split("", blocks); orders = 0 }
    for (j = 5; j <= columns; j++) blocks[j] += w[j]
    if (columns > orders) orders = columns
  }
  for (j = 5; j <= orders; j++) line = line (line == "" ? "" : " ") number(blocks[j])
  if (line != "") row("buddyinfo", 2, line)
}

# A descriptor belongs to the user of its process, and ls tells both.
function inotify_rows(  command, line, w, held, users, i, count, keys, values) {
  ask("^", "sys/fs/inotify/max_user_instances sys/fs/inotify/max_user_watches")
  fetch()
  split("max_user_instances max_user_watches", keys, " ")
  for (i = 1; i <= 2; i++) {
    line = first_line("sys/fs/inotify/" keys[i])
    if (is_number(line)) { row("inotify", 2, keys[i] " " line); count++ }
  }
  if (!count) return
  command = "cd " QUOTE PROC QUOTE " && " (LIMIT == "" ? "" : LIMIT " 5 ") "ls -ln " (tasks_are_short ? "[1-9]/fd [1-9]?/fd [1-9]??/fd [1-9]???/fd" : "[0-9]*/fd") " | grep anon_inode:.*inotify"
  while ((command | getline line) > 0) {
    split(line, w, " ")
    if (!is_number(w[3])) continue
    if (!(w[3] in held)) users[++users[0]] = w[3]
    held[w[3]]++
  }
  close(command)
  count = 0
  split("", keys)
  for (i = 1; i <= users[0]; i++) count = keep_largest(keys, values, count, 10, users[i], held[users[i]])
  for (i = 1; i <= count; i++) row("inotify", 2, "user " keys[i] " instances=" held[keys[i]])
}

# Whether the kernel log has a line of these kinds.
function logged(pattern,  kind) {
  for (kind in kind_count) if (kind ~ pattern) return 1
  return 0
}

# ---- Triggers

# Whether a trigger asks for a part of the detail; all of it may be asked for.
function is_triggered(name) { return index("," triggers ",", "," name ",") > 0 || DETAIL == "1" }

function fire(name, condition) { if (condition) triggers = triggers (triggers == "" ? "" : ",") name }

# A little below the limits of the rules, so that a finding always has its detail.
function decide_triggers(  total, w, swapped, share, name, young) {
  total = meminfo["MemTotal"] + 0
  fire("slab", (total > 0 && meminfo["SUnreclaim"] >= total * 0.08 && meminfo["SUnreclaim"] >= 409600) || skb_heads >= 80000)
  fire("pressure", memory_avg10 >= 8 || memory_avg60 >= 8)
  fire("memory", meminfo["MemAvailable"] != "" && meminfo["MemAvailable"] < total * 0.12)
  if (first_vmstat["pswpin"] != "" && vmstat["pswpin"] != "" && uptime - first_uptime > 0) {
    swapped = (vmstat["pswpin"] - first_vmstat["pswpin"] + vmstat["pswpout"] - first_vmstat["pswpout"]) / (uptime - first_uptime)
  }
  fire("swap", swapped > 5 || (meminfo["SwapTotal"] > 0 && meminfo["SwapFree"] != "" && meminfo["SwapFree"] <= meminfo["SwapTotal"] * 0.25))
  fire("load", cpus > 0 && first_line("loadavg") + 0 > 2 * cpus)
  fire("io", io_full_avg10 >= 8 || io_full_avg60 >= 8 || (uninterruptible >= 3 && io_some_avg60 >= 20))
  fire("disk", is_read_only || is_nearly_full || logged("^(filesystem|disk|io_error|nvme)"))
  fire("network", failing_interfaces > 0 || logged("^(neighbour|network)") || (neighbour_limit > 0 && neighbour_entries >= neighbour_limit * 0.8))
  fire("oom", log_has_oom)
  fire("kernel", log_has_event)
  fire("sockets", held_most >= 1048576 || held_total >= 8388608)
  fire("cgroups", memory_cgroups + 0 >= 900 || dying_cgroups + 0 >= 500)
  split(words_of("sys/fs/file-nr"), w, " ")
  fire("files", (w[3] > 0 && w[1] >= w[3] * 0.6) || file_objects >= 200000)
  share = first_line("sys/kernel/pid_max") + 0
  if (first_line("sys/kernel/threads-max") > 0 && first_line("sys/kernel/threads-max") + 0 < share) share = first_line("sys/kernel/threads-max") + 0
  fire("tasks", zombies >= 18 || uninterruptible > 5 || (share > 0 && thread_count >= share * 0.6))
  for (name in service_pid) if ((uptime + 0 > 1500 && service_age(name) < 1200) || service_state[name] ~ /[TtD]/) young = 1
  fire("services", young || journal_kinds > 0)
  fire("forced", DETAIL == "1")
}

# ---- The program

BEGIN {
  QUOTE = sprintf("%c", 39)
  HEX_16 = "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
  HEX_16 = HEX_16 HEX_16
  LISTS = "slabinfo kernel_log journal images pods sockets"
  LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  SERVICES = " kubelet containerd dockerd crio "
  # A string and not /.../: there a slash in brackets needs a backslash, which busybox then takes for allowed, too.
  UNSAFE = "[^A-Za-z0-9._:/@%+=,-]"
  for (i = 32; i < 127; i++) code_of[sprintf("%c", i)] = i
  ALL_TRIGGERS = "slab,pressure,memory,swap,load,io,disk,network,oom,kernel,sockets,cgroups,files,tasks,services,forced,budget"
  MEMINFO_KEYS = " MemTotal: MemFree: MemAvailable: Buffers: Cached: SwapCached: SwapTotal: SwapFree: AnonPages: Shmem: Slab:" \
    " SReclaimable: SUnreclaim: KernelStack: PageTables: SecPageTables: VmallocUsed: Percpu: Committed_AS: HugePages_Total:" \
    " HugePages_Free: Hugepagesize: Hugetlb: Zswap: HardwareCorrupted: "
  SLICES = "kubepods.slice kubepods system.slice runtime.slice"
  SLICES_CPUACCT = "cpuacct/kubepods.slice cpuacct/kubepods cpuacct/system.slice cpuacct/runtime.slice"
  SLICES_MEMORY = "memory/kubepods.slice memory/kubepods memory/system.slice memory/runtime.slice"
  slice_count = split(SLICES, slice_name, " ")
  budget = SUMMARY_CHARACTERS
  used = HEADER_CHARACTERS + length("@first\n@last\n")
  promise("uptime stat vmstat pressure meminfo slices host loadavg sockstat interfaces conntrack tcp_mem file_nr pid_max" \
    " threads_max cgroups arcstats neighbours tasks services filesystems clock allowances " LISTS)
  first_sample()
}

# The shell lists, after the sleep: "/proc/1".
{ name = substr($0, length(PROC) + 2); if (name !~ /[^0-9]/) pids[++pid_count] = name }

END {
  # Both samples are taken before anything costly runs, so that the collector does not measure itself.
  essentials()
  read_slabinfo()
  read_processes()
  look_again()
  if (index(PRESENT, " pressure") && memory_avg10 == "" && !has_no_pressure()) unreadable = "pressure" (unreadable == "" ? "" : ",") unreadable
  give("host", host_body())
  give("tasks", tasks_body())
  if (tasks_are_short) drop("tasks")
  give("services", services_body())
  fflush()
  read_slow()
  give("filesystems", filesystems_body())
  give("clock", clock_body())
  give("allowances", allowances_body())
  fflush()
  ask_pods_and_sockets()
  fetch()
  name_containers()
  rank_pods()
  read_sockets()
  read_streams()
  read_kernel_log()
  decide_triggers()
  # Looking at every open file costs as much as all processes do: only where sockets hold something, or may.
  if (held_total >= 65536 || is_triggered("slab") || is_triggered("sockets")) find_owners()

  forget_rows()
  slab_rows(5, 4)
  journal_rows(1)
  socket_rows(3, 1)
  if (pod_count) row("pods", 1, "total count=" pod_count)
  for (i = 1; i <= largest_pod_count && i <= 3; i++) row("pods", i + 4, pod_row(i))
  images = images_line()
  if (images != "") row("images", 2, images)
  kernel_log_rows(3, 1)
  # Of what was promised only the lists are still to come.
  for (i = 1; i <= promised_count; i++) if (index(" " LISTS " ", " " promised[i] " ") == 0) decided[promised[i]] = 1
  if (triggers == "") triggers = "-"
  lay_out(LISTS, 8)
  count = split(LISTS, names, " ")
  for (i = 1; i <= count; i++) if ((names[i] in is_short) && !(names[i] in is_opened)) drop(names[i])
  # An image is looked for on every node, so images that did not fit must travel in a detail.
  if (index(dropped, "images")) triggers = triggers == "-" ? "budget" : triggers ",budget"
  used += length(triggers dropped unreadable) + 46
  print("@end summary triggers=" triggers " dropped=" (dropped == "" ? "-" : dropped) " unreadable=" (unreadable == "" ? "-" : unreadable))
  fflush()
  if (triggers == "-") exit 0

  budget = CAPTURE_CHARACTERS
  sections = "stat pressure vmstat services journal kernel_log slices slabinfo disks waiting buddyinfo inotify processes descriptors" \
    " pods images containers sockets"
  promise(sections)
  forget_rows()
  slab_rows(25, 0)
  ask_detail()
  slice_rows()
  body = vmstat_body(" pswpin pswpout pgmajfault oom_kill pgscan_kswapd pgscan_direct ", vmstat)
  if (body != "") row("vmstat", 1, body)
  body = stat_body(" btime processes procs_running procs_blocked ")
  if (body != "") row("stat", 1, body)
  body = pressure_body(0)
  if (body != "") row("pressure", 1, body)
  services_detail()
  journal_rows(0)
  socket_rows(40, 0)
  kernel_log_rows(40, 0)
  if (is_triggered("io") || is_triggered("disk")) { disk_rows(); waiting_rows() }
  if (logged("^page_allocation") || DETAIL == "1") buddyinfo_rows()
  if (is_triggered("files") || ("inotify" in journal_count)) inotify_rows()
  process_rows()
  if (is_triggered("files")) descriptor_rows()
  if (pod_count) row("pods", 1, "total count=" pod_count)
  for (i = 1; i <= largest_pod_count; i++) row("pods", i <= 10 ? 2 : 4, pod_row(i))
  if (images != "") row("images", 1, images)
  container_rows()
  lay_out(sections, 6)
  count = split(sections, names, " ")
  for (i = 1; i <= count; i++) if (names[i] in is_short) drop(names[i])
  print("@end detail dropped=" (dropped == "" ? "-" : dropped))
}
'

header='fleetscan-capture 2'
printf '%s\n' "$header"

# A colon ends a path in what grep prints, a quote ends it in a command: neither can be part of a root.
# What a recorded tree has beside its proc.
beside=
if [ "$proc" != /proc ]; then beside=${proc%/*}; fi

case "$proc$sys$run$log$etc$first_proc$first_sys${KERNEL_LOG:-}${JOURNAL:-}" in
  *[:\'\\]*)
    printf '@failed\na root holds a colon, a quote or a backslash\n'
    exit 0
    ;;
esac

# shellcheck disable=SC2086 # polite, limit and awk are words
{
  sleep "$window_seconds"
  printf '%s\n' "$proc"/[0-9]*
} | $polite ${limit:+$limit $((window_seconds + 20))} $awk \
  -v PROC="$proc" -v SYS="$sys" -v RUN="$run" -v ETC="$etc" -v FIRST_PROC="$first_proc" -v FIRST_SYS="$first_sys" -v BESIDE="$beside" \
  -v PAGE="$page_bytes" -v PROCESS_LIMIT="$process_limit" -v DETAIL="$detail" -v PRESENT="$present" -v LIMIT="$limit" \
  -v KERNEL_LOG="$kernel_log" -v SLOW="$slow" -v JOURNAL="$journal" -v STARTS="$starts" -v HEADER_CHARACTERS="$((${#header} + 1))" \
  -v SUMMARY_CHARACTERS="$summary_characters" -v CAPTURE_CHARACTERS="$capture_characters" "$program"
code=$?

# 137: the bound was reached or somebody killed awk. 127: there is no awk. The end line is missing, so it is truncated.
if [ "$code" -ne 0 ]; then printf '\n@failed\nawk ended with code %s\n' "$code"; fi
exit 0
