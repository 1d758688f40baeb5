"""The stack's template against the code: permissions, settings, alarms and events cannot drift apart unseen."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re

import pytest

from fleetscan import aws, settings
from fleetscan.aws import cluster_access, s3
from fleetscan.aws.dynamodb import (
    claims,
    cluster_history,
    credit_cache,
    episodes,
    mutes,
    node_history,
    rosters,
    series_ledger,
)
from fleetscan.diagnosis import tuning
from fleetscan.kubernetes.errors import GROUP
from fleetscan.model import CreditMode, Severity
from fleetscan.scan.metrics import FLEET_METRICS
from fleetscan.settings import PREFIX, Settings
from tests.fixtures.stack_template import (
    RESOURCES,
    ROOT,
    TEMPLATE,
    actions_of,
    document_of,
    listed,
    of_type,
    statements,
)

LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
RUNTIME_ACTIONS = LOG_ACTIONS | {"sqs:SendMessage"}
"""What Lambda itself does under the function's role: its log, and the event of a scan that was given up."""
VPC_ACTIONS = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
"""The same where the function runs in subnets (AWSLambdaVPCAccessExecutionRole without its log)."""


SCAN_ROLE = "ScanRole"
OF_SLACK = {"dynamodb.once", "secrets", "dynamodb.threads"}
"""Modules that only the Slack function uses; tests/unit/test_template_slack.py holds them against its role."""


class TestRole:
    """Least privilege, both ways."""

    def test_it_allows_what_the_adapters_need_and_nothing_else(self) -> None:
        """The union of every PERMISSIONS is the role's actions; of reports the scan needs the half that writes."""
        modules = [
            importlib.import_module(found.name)
            for found in pkgutil.walk_packages(aws.__path__, "fleetscan.aws.")
            if found.name.removeprefix("fleetscan.aws.") not in OF_SLACK | {"s3"}
        ]
        needed = {action for module in modules for action in getattr(module, "PERMISSIONS", ())}
        expected = needed | s3.WRITING | RUNTIME_ACTIONS | VPC_ACTIONS

        assert expected == {action for statement in statements(SCAN_ROLE) for action in actions_of(statement)}

    def test_each_function_may_do_what_its_own_adapters_need(self) -> None:
        """The widget reads reports; the scan writes them, and signs links with what it may read."""
        scan, widget = (
            {action for statement in statements(role) for action in actions_of(statement)}
            for role in ("ScanRole", "WidgetRole")
        )

        assert {action for action in scan if action.startswith("s3:")} == s3.WRITING
        assert widget == s3.READING | LOG_ACTIONS

    def test_reports_are_read_and_written_in_their_own_corner_of_the_bucket(self) -> None:
        """By prefix; only listing, which knows no objects, is of the whole bucket, which holds nothing else."""
        corner = {"Fn::Sub": f"${{ReportBucket.Arn}}/{s3.PREFIX}*"}
        found = {
            (action, json.dumps(statement["Resource"]))
            for statement in statements()
            for action in actions_of(statement)
            if action.startswith("s3:")
        }
        expected = {
            ("s3:GetObject", json.dumps(corner)),
            ("s3:PutObject", json.dumps(corner)),
            ("s3:ListBucket", json.dumps({"Fn::GetAtt": "ReportBucket.Arn"})),
        }

        assert expected == found

    def test_no_action_is_a_wildcard_and_nothing_is_denied_or_inverted(self) -> None:
        """Each statement says in full what it allows."""
        for statement in statements(SCAN_ROLE):
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & set(statement)
            assert not [action for action in actions_of(statement) if "*" in action]

    def test_a_command_is_this_document_on_tagged_instances(self) -> None:
        """Two statements: the one document of the stack, and instances with the tag; nothing else."""
        expected = [
            {
                "Sid": "ThisDocument",
                "Effect": "Allow",
                "Action": "ssm:SendCommand",
                "Resource": (
                    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:document/${CollectorDocument}"
                ),
            },
            {
                "Sid": "OnWorkers",
                "Effect": "Allow",
                "Action": "ssm:SendCommand",
                "Resource": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*",
                "Condition": {"StringLike": {"ssm:resourceTag/${WorkerTagKey}": "${WorkerTagValue}"}},
            },
        ]

        assert expected == [
            statement for statement in statements(SCAN_ROLE) if "ssm:SendCommand" in actions_of(statement)
        ]

    def test_what_is_allowed_on_everything_is_narrowed_by_a_condition(self) -> None:
        """Region for what knows no resources, namespace for metrics."""
        for statement in statements(SCAN_ROLE):
            if "*" in listed(statement["Resource"]):
                (condition,) = statement["Condition"].values()

                assert set(condition) <= {"aws:RequestedRegion", "cloudwatch:namespace"}

    @pytest.mark.parametrize("hostile", ['a"b', "a\\b", "${AWS::AccountId}", "a b\n", "", "a" * 129])
    def test_a_tag_key_cannot_break_out_of_the_policy_s_text(self, hostile: str) -> None:
        """The key becomes a part of JSON that is written as text."""
        pattern = TEMPLATE["Parameters"]["WorkerTagKey"]["AllowedPattern"]

        assert not re.search(pattern.replace("$", r"\Z"), hostile)
        assert re.search(pattern, "kubernetes.io/cluster/live")

    @pytest.mark.parametrize("hostile", ['a"', "a\\", "${Topic}", ""])
    def test_a_tag_value_cannot_either(self, hostile: str) -> None:
        """Nor the value."""
        pattern = TEMPLATE["Parameters"]["WorkerTagValue"]["AllowedPattern"]

        assert not re.search(pattern.replace("$", r"\Z"), hostile)
        assert re.search(pattern, "live-*")


class TestFunction:
    """What runs, how often, and what becomes of a scan that fails."""

    function = RESOURCES["ScanFunction"]["Properties"]

    def test_its_environment_is_read_as_settings(self) -> None:
        """Each variable of the template is a setting, and the template's defaults are values that fit."""
        variables = self.function["Environment"]["Variables"]
        given = {}
        for name, value in variables.items():
            if name.startswith(PREFIX):
                parameter = TEMPLATE["Parameters"].get(value.get("Ref"), {}) if isinstance(value, dict) else {}
                given[name] = value if isinstance(value, str) else str(parameter.get("Default", ""))
        expected = Settings(document_version="1")

        assert expected == settings.read(given)
        assert {"FLEETSCAN_DOCUMENT_NAME", "FLEETSCAN_TOPIC_ARN"} <= set(given)

    def test_the_document_is_pinned(self) -> None:
        """A change makes a new document, so the first version is what was deployed; an edit would be the second."""
        document = RESOURCES["CollectorDocument"]["Properties"]
        variables = self.function["Environment"]["Variables"]
        pattern = TEMPLATE["Parameters"]["DocumentHash"]["AllowedPattern"]

        assert (document.get("Name"), document["UpdateMethod"]) == (None, "Replace")
        assert variables["FLEETSCAN_DOCUMENT_VERSION"] == "1"
        assert variables["FLEETSCAN_DOCUMENT_HASH"] == {"Ref": "DocumentHash"}
        assert re.search(pattern, "0a" * 32)
        assert not re.search(pattern.replace("$", r"\Z"), "0A" * 32)

    def test_the_choices_it_offers_are_those_of_the_model(self) -> None:
        """Severities and credit modes."""
        parameters = TEMPLATE["Parameters"]

        assert list(Severity) == parameters["NotifySeverity"]["AllowedValues"]
        assert ["", *CreditMode] == parameters["CreditMode"]["AllowedValues"]

    @pytest.mark.parametrize(
        ("text", "fits"),
        [
            ("", True),
            ("load_high.warning_per_cpu=3", True),
            ("load_high.warning_per_cpu=3, swap_nearly_full.warning_ratio=0.85 ", True),
            ("load_high.warning_per_cpu=", False),
            ("load_high=3", False),
            ("load_high.warning_per_cpu=3;swap_nearly_full.warning_ratio=0.85", False),
            ("load_high.warning_per_cpu=-3", False),
            ("load_high.warning_per_cpu=1e3", False),
            ("${Topic}", False),
            (",", False),
        ],
    )
    def test_a_deployment_refuses_thresholds_of_another_shape(self, text: str, *, fits: bool) -> None:
        """Names and values are the command's to check, and the scan's own."""
        parameter = TEMPLATE["Parameters"]["Thresholds"]

        assert fits is bool(re.search(parameter["AllowedPattern"].removesuffix("$") + r"\Z", text))
        assert parameter["MaxLength"] == tuning.LONGEST_CHARACTERS

    def test_every_threshold_there_is_fits_the_deployment_s_shape(self) -> None:
        """With its own default."""
        pattern = TEMPLATE["Parameters"]["Thresholds"]["AllowedPattern"]
        entries = [
            f"{one.rule}.{one.name}={one.default}" for row in tuning.catalogue().values() for one in row.values()
        ]

        assert re.search(pattern, " ".join(entries))

    def test_the_schedule_sends_what_the_example_event_shows(self) -> None:
        """events/schedule.json has the keys of the schedule's input."""
        schedule = self.function["Events"]["Schedule"]["Properties"]
        sent = json.loads(schedule["Input"])
        example = json.loads((ROOT / "events" / "schedule.json").read_text())

        assert list(sent) == list(example)
        assert sent["source"] == example["source"]

    def test_a_scan_that_fails_is_retried_and_then_kept(self) -> None:
        """Both by the scheduler, which hands it over, and by Lambda, which runs it; in one encrypted queue."""
        queue = {"Fn::GetAtt": "DeadLetterQueue.Arn"}
        schedule = self.function["Events"]["Schedule"]["Properties"]
        invocation = self.function["EventInvokeConfig"]

        assert queue == schedule["DeadLetterConfig"]["Arn"]
        assert schedule["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert queue == invocation["DestinationConfig"]["OnFailure"]["Destination"]
        assert invocation["MaximumRetryAttempts"] > 0
        assert RESOURCES["DeadLetterQueue"]["Properties"]["SqsManagedSseEnabled"] is True

    def test_its_log_is_not_kept_forever(self) -> None:
        """The group is the stack's own, with a retention, and the function writes to it."""
        groups = of_type("AWS::Logs::LogGroup")
        written = {one["LoggingConfig"]["LogGroup"]["Ref"] for one in of_type("AWS::Serverless::Function").values()}

        assert written == set(groups)
        assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())

    def test_the_time_kept_for_publishing_fits_into_its_shortest_timeout(self) -> None:
        """At least a minute is left to collect in."""
        shortest = TEMPLATE["Parameters"]["TimeoutSeconds"]["MinValue"]

        assert shortest - Settings().safety_margin_seconds >= 60


class TestKubernetes:
    """Off until somebody asks for it, and then no more than it takes."""

    def test_it_is_off_and_costs_no_right_until_it_is_turned_on(self) -> None:
        """The policy that finds endpoints is there only with access, for clusters of this account and Region."""
        policy = RESOURCES["AskKubernetesPolicy"]
        (statement,) = document_of(policy["Properties"])["Statement"]

        assert TEMPLATE["Parameters"]["KubernetesAccess"]["Default"] == "off"
        assert policy["Condition"] == "AsksKubernetes"
        assert listed(statement["Action"]) == sorted(cluster_access.PERMISSIONS)
        assert statement["Resource"] == {
            "Fn::Sub": "arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/*"
        }

    def test_the_choices_are_those_of_the_setting(self) -> None:
        """And each is read as what it says."""
        choices = TEMPLATE["Parameters"]["KubernetesAccess"]["AllowedValues"]
        expected = {"off": False, "on": True}

        assert expected == {
            choice: settings.read({"FLEETSCAN_KUBERNETES_ACCESS": choice}).kubernetes_access for choice in choices
        }

    def test_an_access_entry_gives_the_role_the_manifest_s_group_and_no_policy(self) -> None:
        """What the group may do is in the manifest; an access policy of EKS would give more."""
        entry = RESOURCES["ClusterAccessEntry"]

        assert entry["Condition"] == "HasAccessEntry"
        assert entry["Properties"] == {
            "ClusterName": {"Ref": "KubernetesAccessEntryCluster"},
            "PrincipalArn": {"Fn::GetAtt": "ScanRole.Arn"},
            "Type": "STANDARD",
            "KubernetesGroups": [GROUP],
        }

    def test_network_interfaces_are_allowed_only_where_the_function_runs_in_subnets(self) -> None:
        """Without subnets there is neither a VPC nor the right to make anything in one."""
        (policy,) = (one["Fn::If"] for one in RESOURCES["ScanRole"]["Properties"]["Policies"] if "Fn::If" in one)
        network = RESOURCES["ScanFunction"]["Properties"]["VpcConfig"]["Fn::If"]
        allowed = {action for statement in policy[1]["PolicyDocument"]["Statement"] for action in actions_of(statement)}

        assert policy[0] == network[0] == "IsInVpc"
        assert policy[2] == {"Ref": "AWS::NoValue"}
        assert allowed == VPC_ACTIONS
        assert network[1] == {"SubnetIds": {"Ref": "SubnetIds"}, "SecurityGroupIds": {"Ref": "SecurityGroupIds"}}
        assert network[2] == {"Ref": "AWS::NoValue"}


class TestTable:
    """What is remembered, and who may touch which part of it."""

    def test_it_is_as_cheap_and_as_safe_as_it_may_be(self) -> None:
        """On demand, encrypted, restorable, forgetting by itself, and it outlives the stack."""
        (resource,) = (one for one in RESOURCES.values() if one["Type"] == "AWS::DynamoDB::Table")
        table = resource["Properties"]

        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
        assert "TableName" not in table
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"] == {"SSEEnabled": True}

    def test_each_adapter_may_touch_its_own_partition_only(self) -> None:
        """By leading key: what keeps readings cannot write an episode. People edit the mute list, no scan does."""
        allowed = {
            (action, key)
            for statement in statements(SCAN_ROLE)
            for action in actions_of(statement)
            if action.startswith("dynamodb:")
            for (condition,) in [statement["Condition"].values()]
            for key in condition["dynamodb:LeadingKeys"]
        }
        expected = {
            *((action, "node#*") for action in node_history.PERMISSIONS),
            *((action, claims.PARTITION) for action in claims.PERMISSIONS),
            *((action, episodes.PARTITION) for action in episodes.PERMISSIONS),
            *((action, rosters.PARTITION) for action in rosters.PERMISSIONS),
            *((action, mutes.PARTITION) for action in mutes.PERMISSIONS),
            *((action, credit_cache.PARTITION) for action in credit_cache.PERMISSIONS),
            *((action, series_ledger.PARTITION) for action in series_ledger.PERMISSIONS),
            *((action, cluster_history.PARTITION) for action in cluster_history.PERMISSIONS),
        }

        assert allowed <= expected
        assert not {("dynamodb:PutItem", "mutes"), ("dynamodb:DeleteItem", "mutes")} & allowed


class TestBucket:
    """Whole reports: what runs where, and what is wrong with it, is nobody else's business."""

    resource = RESOURCES["ReportBucket"]

    def test_it_is_closed_encrypted_and_forgets(self) -> None:
        """No public access in any way, no foreign owner, and an end to every report."""
        bucket = self.resource["Properties"]
        (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        (rule,) = bucket["LifecycleConfiguration"]["Rules"]

        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert (rule["Status"], rule["Prefix"], rule["ExpirationInDays"]) == (
            "Enabled",
            s3.PREFIX,
            {"Ref": "ReportRetentionDays"},
        )

    def test_it_outlives_the_stack_under_a_name_that_nothing_else_wants(self) -> None:
        """A bucket that holds something cannot be deleted with its stack."""
        assert self.resource["DeletionPolicy"] == self.resource["UpdateReplacePolicy"] == "Retain"
        assert "BucketName" not in self.resource["Properties"]

    def test_nobody_reaches_it_without_tls(self) -> None:
        """Neither the bucket nor what is in it."""
        (policy,) = of_type("AWS::S3::BucketPolicy").values()
        (statement,) = policy["PolicyDocument"]["Statement"]

        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert statement["Resource"] == [{"Fn::GetAtt": "ReportBucket.Arn"}, {"Fn::Sub": "${ReportBucket.Arn}/*"}]

    def test_the_widget_s_settings_are_settings(self) -> None:
        """The bucket it reads, and when a report is old."""
        variables = RESOURCES["WidgetFunction"]["Properties"]["Environment"]["Variables"]
        expected = {
            "FLEETSCAN_ALARM_WINDOW_SECONDS": {"Ref": "AlarmWindowSeconds"},
            "FLEETSCAN_BUCKET_NAME": {"Ref": "ReportBucket"},
        }

        assert expected == {name: value for name, value in variables.items() if name.startswith(PREFIX)}
        for seconds in TEMPLATE["Parameters"]["AlarmWindowSeconds"]["AllowedValues"]:
            settings.read({"FLEETSCAN_ALARM_WINDOW_SECONDS": str(seconds)})


class TestTopic:
    """Who may publish, and under which key."""

    def test_it_is_encrypted_under_a_key_that_alarms_may_use(self) -> None:
        """The key that AWS manages for SNS refuses CloudWatch, and such alarms are lost without a word."""
        topics = of_type("AWS::SNS::Topic").values()
        (key,) = of_type("AWS::KMS::Key").values()
        allowed = [statement["Principal"] for statement in key["KeyPolicy"]["Statement"]]

        assert [topic["KmsMasterKeyId"] for topic in topics] == [{"Fn::GetAtt": "TopicKey.Arn"}] * len(topics)
        assert {"Service": "cloudwatch.amazonaws.com"} in allowed

    def test_of_all_services_only_this_account_s_alarms_may_publish(self) -> None:
        """Another account's alarm is not ours."""
        policies = of_type("AWS::SNS::TopicPolicy").values()
        allowed = [
            each for policy in policies for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"
        ]
        expected = [
            {
                "Sid": "AlarmsOfThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": {"Ref": "Topic"},
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            }
        ]

        assert expected == allowed


class TestAlarms:
    """Each looks at a number that exists, and somebody hears it."""

    alarms = of_type("AWS::CloudWatch::Alarm")

    def test_the_fleet_s_alarms_name_metrics_that_are_published(self) -> None:
        """A name and no dimensions, exactly as metrics.py publishes the totals."""
        own = [alarm for alarm in self.alarms.values() if alarm["Namespace"] == {"Ref": "MetricNamespace"}]
        expected = {
            "CriticalFindings",
            "SlabUnreclaimableHighestPercent",
            "MemoryPressureHighestPercent",
            "CoveragePercent",
            "ScanCompleted",
        }

        assert expected == {alarm["MetricName"] for alarm in own}
        assert expected <= set(FLEET_METRICS)
        assert not [alarm for alarm in own if "Dimensions" in alarm]

    def test_the_function_s_errors_and_dead_letters_raise_alarms(self) -> None:
        """Metrics of AWS itself, of this function and this queue."""
        found = [
            (alarm["MetricName"], alarm["Dimensions"])
            for alarm in self.alarms.values()
            if str(alarm["Namespace"]).startswith("AWS/")
        ]
        dead = "ApproximateNumberOfMessagesVisible"
        expected = [
            (dead, [{"Name": "QueueName", "Value": {"Fn::GetAtt": "SlackDeadLetterQueue.QueueName"}}]),
            ("Errors", [{"Name": "FunctionName", "Value": {"Ref": "ScanFunction"}}]),
            (dead, [{"Name": "QueueName", "Value": {"Fn::GetAtt": "DeadLetterQueue.QueueName"}}]),
        ]

        assert expected == found

    @pytest.mark.parametrize("name", list(alarms))
    def test_each_alarm_is_heard(self, name: str) -> None:
        """It goes to the topic and says in words what it means."""
        assert self.alarms[name]["AlarmActions"] == [{"Ref": "Topic"}]
        assert self.alarms[name]["AlarmDescription"]

    def test_only_silence_of_the_scan_itself_is_an_alarm(self) -> None:
        """No data of a finding is no finding; no data of ScanCompleted is a scan that did not happen."""
        breaching = {alarm["MetricName"] for alarm in self.alarms.values() if alarm["TreatMissingData"] == "breaching"}

        assert breaching == {"ScanCompleted"}


def test_each_parameter_has_a_description_a_label_and_a_place_in_the_form() -> None:
    """Whoever deploys from the console sees words in groups."""
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    expected = set(TEMPLATE["Parameters"])

    assert expected == {name for group in interface["ParameterGroups"] for name in group["Parameters"]}
    assert expected == set(interface["ParameterLabels"])
    assert all(parameter.get("Description") for parameter in TEMPLATE["Parameters"].values())


def test_the_document_that_is_deployed_is_the_one_that_is_built() -> None:
    """documents/collector.json, included whole, a Command document without parameters."""
    (document,) = of_type("AWS::SSM::Document").values()
    location = document["Content"]["Fn::Transform"]["Parameters"]["Location"]
    content = json.loads((ROOT / location).read_text())

    assert location == "documents/collector.json"
    assert document["DocumentType"] == "Command"
    assert "parameters" not in content
