"""The command line: commands, options, and their help."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fleetscan.cli import threshold_option
from fleetscan.model import Severity

_ABOUT = "Find what Kubernetes cannot see on EKS worker nodes, before it takes them down."
_CODES = (
    "exit codes: 0 scanned; 1 a finding reaches --fail-on; 2 wrong usage; 3 nothing could be scanned. "
    "The report goes to standard output, everything else to standard error."
)
_LONGEST_WINDOW_SECONDS = 60
_POD_NAME = re.compile(r"[a-z0-9.-]{1,253}")
"""What a name in Kubernetes can be made of."""
_LONGEST_TIMEOUT_SECONDS = 3600


def parser() -> argparse.ArgumentParser:
    """Return the parser; the chosen command is ``arguments.command``."""
    main = argparse.ArgumentParser(prog="fleetscan", description=_ABOUT, epilog=_CODES)
    main.add_argument("--version", action="version", version=f"fleetscan {_version()}")
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="see the incident found in a simulated fleet on this machine"))
    _add_node(commands.add_parser("node", help="diagnose this machine or a recorded tree, without AWS"))
    _add_scan(commands.add_parser("scan", help="scan the EKS workers of an account and Region"))
    _add_replay(commands.add_parser("replay", help="evaluate recorded scans again, offline"))
    _add_report(commands.add_parser("report", help="show the last report again"))
    _add_explain(commands.add_parser("explain", help="explain why a pod was terminated, even days later"))
    _add_thresholds(commands.add_parser("thresholds", help="list the thresholds of the rules, or check your own"))
    _add_mute(commands.add_parser("mute", help="suppress notifications about known problems for a while"))
    return main


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Start a simulated AWS with 16 EKS nodes on this machine, run the real handler and the real collection script "
        "against it, show the report and write report.html. Needs no account, and touches none."
    )
    command.add_argument(
        "--fix",
        action="store_true",
        help="remove the root cause from the fleet, scan until it is resolved, and show before and after",
    )
    command.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the simulated nodes' /proc, /sys and so on in DIR"
    )
    _add_shared(command)


def _add_node(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Run the collection script once on this machine (as root it sees more) or on a recorded tree: DIR/proc, "
        "DIR/sys and so on, or two samples of them in DIR/t0 and DIR/t1. A tree may hold a single file."
    )
    command.add_argument("--root", type=_directory, metavar="DIR", help="a recorded tree instead of this machine")
    command.add_argument(
        "--window",
        type=_seconds(_LONGEST_WINDOW_SECONDS),
        metavar="SECONDS",
        help="time between the two samples that rates are made of (default: 5 here, 0 on a recorded tree)",
    )
    threshold_option.add(command)
    _add_shared(command)


def _add_scan(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Scan with your own credentials and without the stack: the script is sent with AWS-RunShellScript, or with the "
        "stack's own document by --document. Publishes nothing."
    )
    command.add_argument("--region", metavar="R", help="AWS Region (default: as configured for the AWS CLI)")
    command.add_argument(
        "--cluster", action="append", default=[], metavar="C", help="only this EKS cluster; may be given again"
    )
    command.add_argument("--profile", metavar="P", help="profile of the shared AWS configuration")
    command.add_argument(
        "--document",
        metavar="NAME",
        help="the stack's SSM document (default: AWS-RunShellScript and the script itself)",
    )
    command.add_argument(
        "--table",
        metavar="NAME",
        help="the stack's DynamoDB table: the history of earlier scans is read, nothing is written (default: none)",
    )
    command.add_argument(
        "--mutes",
        type=Path,
        metavar="FILE",
        help="a mute list as TOML: what it mutes is shown and does not count for --fail-on",
    )
    command.add_argument(
        "--timeout",
        type=_seconds(_LONGEST_TIMEOUT_SECONDS),
        default=180,
        metavar="SECONDS",
        help="give up on nodes that have not responded by then (default: 180)",
    )
    command.add_argument(
        "--kubernetes",
        action="store_true",
        help="query the Kubernetes API of the clusters too, with your own access; see docs/kubernetes-access.md",
    )
    command.add_argument("--endpoint-url", metavar="URL", help="another AWS endpoint, such as a simulated one")
    command.add_argument(
        "--save", type=Path, metavar="DIR", help="record the scan into DIR, for `fleetscan replay` to evaluate it again"
    )
    _add_redact(command, "with --save: replace")
    threshold_option.add(command)
    _add_shared(command)


def _add_replay(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Evaluate recorded scans again, without AWS: DIR/fleet.json, DIR/captures/INSTANCE_ID.txt and, where there are "
        "any, DIR/kubernetes/CLUSTER/{nodes,pods,daemonsets,events}.json as `kubectl get -o json` writes them. Several "
        "folders are successive scans of one fleet, each evaluated with the history of those before it; the last one's "
        "report is shown. `fleetscan scan --save DIR` writes such a folder."
    )
    command.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a recorded scan")
    command.add_argument("--save", type=Path, metavar="NEWDIR", help="write what is evaluated into a new folder")
    _add_redact(command, "replace")
    forms = command.add_mutually_exclusive_group()
    forms.add_argument("--html", type=Path, metavar="FILE", help="write it as one HTML file (- for standard output)")
    threshold_option.add(command)
    _add_shared(command, forms)
    command.epilog = f"example, to report a wrong result: fleetscan replay DIR --redact --save NEWDIR. {_CODES}"


def _add_redact(command: argparse.ArgumentParser, verb: str) -> None:
    command.add_argument(
        "--redact",
        action="store_true",
        help=f"{verb} the names of account, instances, hosts, clusters, groups, namespaces, pods, containers, "
        "processes and images, and addresses, consistently; those of well-known images and of kube-system stay",
    )


def _add_report(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Show the last report that node, scan or demo made on this machine, or with --bucket one that a stack's scan "
        "stored."
    )
    command.add_argument("--bucket", metavar="NAME", help="the stack's S3 bucket: show its last report")
    command.add_argument("--scan", metavar="ID", help="with --bucket: the report of this scan, as messages name it")
    command.add_argument("--region", metavar="R", help="AWS Region (default: as configured for the AWS CLI)")
    command.add_argument("--profile", metavar="P", help="profile of the shared AWS configuration")
    command.add_argument("--endpoint-url", metavar="URL", help="another AWS endpoint, such as a simulated one")
    forms = command.add_mutually_exclusive_group()
    forms.add_argument("--html", type=Path, metavar="FILE", help="write it as one HTML file (- for standard output)")
    _add_shared(command, forms)


def _add_explain(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Explain why a pod was terminated from what earlier scans stored: the stack's table, for 14 days, and the last "
        "report, of the stack or of this machine. Kubernetes itself is not queried: it keeps events for 60 minutes, "
        "unless the cluster is set otherwise."
    )
    kinds = command.add_subparsers(dest="kind", required=True, metavar="KIND")
    pod = kinds.add_parser("pod", help="a pod, or all pods whose name begins so, such as those of one Deployment")
    pod.epilog = "exit codes: 0 something is known; 2 wrong usage; 3 nothing is known."
    pod.add_argument("pod", type=_pod, metavar="NAMESPACE/NAME", help="its name, or how it begins")
    pod.add_argument("--cluster", default="", metavar="C", help="only of this EKS cluster")
    pod.add_argument(
        "--table",
        default="",
        metavar="NAME",
        help="the stack's DynamoDB table, its output TableName (default: the last report alone)",
    )
    pod.add_argument(
        "--bucket",
        default="",
        metavar="NAME",
        help="the stack's S3 bucket, its output BucketName: its last report instead of this machine's",
    )
    pod.add_argument("--region", metavar="R", help="AWS Region (default: as configured for the AWS CLI)")
    pod.add_argument("--profile", metavar="P", help="profile of the shared AWS configuration")
    pod.add_argument("--endpoint-url", metavar="URL", help="another AWS endpoint, such as a simulated one")
    pod.add_argument("--json", action="store_true", help="one JSON object on standard output and nothing else")
    pod.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _add_thresholds(command: argparse.ArgumentParser) -> None:
    command.description = (
        "List every threshold that may be changed, with its default, its bounds and where the default comes from; or "
        "check a list of entries before it is deployed. Entries are RULE.NAME=VALUE, separated by spaces or commas."
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="show the thresholds of all rules, or of one")
    listing.add_argument("rule", nargs="?", default="", metavar="RULE", help="only this rule's")
    listing.add_argument("--json", action="store_true", help="one JSON array on standard output and nothing else")
    check = actions.add_parser("check", help="show what a list would change, or what is wrong with it (exit code 2)")
    check.add_argument("entries", nargs="+", metavar="RULE.NAME=VALUE", help="as in FLEETSCAN_THRESHOLDS")
    for action in (listing, check):
        action.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _add_mute(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Suppress notifications, never findings: a muted problem stays in every report, and an expired mute is "
        "reported."
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="mute a rule, a cluster or a node group until a time")
    for option, words in (("--rule", "rule"), ("--cluster", "cluster"), ("--node-group", "node group")):
        add.add_argument(option, default="*", metavar="PATTERN", help=f"{words}; * and ? are wildcards (default: any)")
    add.add_argument("--until", required=True, metavar="WHEN", help="12h, 3d, 2w, 2026-03-01 or 2026-03-01T18:00Z")
    reason = add.add_mutually_exclusive_group(required=True)
    reason.add_argument("--reason", metavar="TEXT", help="why nobody needs to be notified")
    reason.add_argument("--why", dest="reason", help=argparse.SUPPRESS)  # its former name
    add.add_argument("--id", default="", metavar="ID", help="its name on the list (default: a random one)")
    remove = actions.add_parser("remove", help="take a mute off the list")
    remove.add_argument("id", metavar="ID", help="as `fleetscan mute list` shows it")
    for action in (add, actions.add_parser("list", help="show the mute list"), remove):
        action.add_argument("--table", required=True, metavar="NAME", help="the stack's DynamoDB table")
        action.add_argument("--region", metavar="R", help="AWS Region (default: as configured for the AWS CLI)")
        action.add_argument("--profile", metavar="P", help="profile of the shared AWS configuration")
        action.add_argument("--endpoint-url", metavar="URL", help="another AWS endpoint, such as a simulated one")
        action.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _add_shared(command: argparse.ArgumentParser, forms: argparse._ArgumentGroup | None = None) -> None:
    command.epilog = _CODES
    (forms or command).add_argument(
        "--json", action="store_true", help="one JSON object on standard output and nothing else"
    )
    command.add_argument("--verbose", action="store_true", help="show every node with findings in full")
    command.add_argument(
        "--fail-on",
        type=_severity,
        metavar="SEVERITY",
        help="exit with 1 when a finding is at least info, warning or critical",
    )
    command.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _severity(text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(Severity)}") from None


def _pod(text: str) -> str:
    """Return ``namespace/name``, of which the name may be cut anywhere; ``pod/`` in front of it is kubectl's."""
    namespace, slash, name = text.removeprefix("pod/").partition("/")
    if not slash or not namespace or not all(_POD_NAME.fullmatch(part) for part in (namespace, name or "-")):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAMESPACE/NAME")
    return f"{namespace}/{name}"


def _directory(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a directory")
    return path


def _seconds(longest: int) -> Callable[[str], int]:
    """Return a type for argparse: whole seconds from 0 to ``longest``."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(longest)) and int(text) <= longest):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of seconds from 0 to {longest}")
        return int(text)

    return read


def _version() -> str:
    try:
        return version("fleetscan")
    except PackageNotFoundError:
        return "(not installed)"
