"""The IAM rights that a deployment and the command line need.

Every type of resource that the template makes has its actions here, and on which names; a test compares both with the
template, and the actions with what CloudFormation says that it calls. Nothing here is a right of the functions: theirs
are in ``template.yaml``, role by role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = Any

_ANY = ("*",)
_API = tuple(
    f"arn:aws:apigateway:{{region}}::/{path}"
    for path in ("restapis", "restapis/*", "domainnames", "domainnames/*", "tags/*")
)
_FUNCTION = ("arn:aws:lambda:{region}:{account}:function:{stack}-*",)
_MAPPING = ("arn:aws:lambda:{region}:{account}:event-source-mapping:*", *_FUNCTION)
_ROLE = ("arn:aws:iam::{account}:role/{stack}-*",)
_QUEUE = ("arn:aws:sqs:{region}:{account}:{stack}-*",)
_TOPIC = ("arn:aws:sns:{region}:{account}:{stack}-*",)
_BUCKET = ("arn:aws:s3:::{stack}-*",)
_LOGS = ("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{stack}-*",)

Grant = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """Actions, and the names that they may be used on."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Json = None

    def document(self, names: dict[str, str]) -> Json:
        """As IAM reads it."""
        made: Json = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": sorted(one.format(**names) for one in self.resources),
        }
        return made | ({"Condition": self.condition} if self.condition else {})


def _words(text: str, service: str) -> tuple[str, ...]:
    return tuple(f"{service}:{word}" for word in text.split())


_REST = _words("DELETE GET PATCH POST PUT", "apigateway")
_TAG_ALARM = _words("TagResource UntagResource ListTagsForResource", "cloudwatch")

RIGHTS: dict[str, tuple[Statement, ...]] = {
    "AWS::ApiGateway::BasePathMapping": (
        Statement("Api", _words("DELETE GET PATCH POST", "apigateway"), _API),
    ),
    "AWS::ApiGateway::Deployment": (Statement("Api", _REST, _API),),
    "AWS::ApiGateway::DomainName": (Statement("Api", _REST, _API),),
    "AWS::ApiGateway::RestApi": (Statement("Api", (*_REST, "apigateway:UpdateRestApiPolicy"), _API),),
    "AWS::ApiGateway::Stage": (Statement("Api", _REST, _API),),
    "AWS::CloudWatch::Alarm": (
        Statement(
            "Alarms",
            (*_words("DeleteAlarms PutMetricAlarm", "cloudwatch"), *_TAG_ALARM),
            ("arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-*",),
        ),
        # Asked for several alarms at once, CloudWatch compares with no single alarm's name.
        Statement(
            "AllAlarms",
            ("cloudwatch:DescribeAlarms",),
            ("arn:aws:cloudwatch:{region}:{account}:alarm:*",),
        ),
    ),
    "AWS::CloudWatch::Dashboard": (
        Statement(
            "Dashboard",
            (*_words("DeleteDashboards GetDashboard PutDashboard", "cloudwatch"), *_TAG_ALARM),
            ("arn:aws:cloudwatch::{account}:dashboard/{stack}*",),
        ),
    ),
    "AWS::DynamoDB::Table": (
        Statement(
            "Table",
            _words(
                "CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights"
                " DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive GetResourcePolicy"
                " ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable"
                " UpdateTimeToLive",
                "dynamodb",
            ),
            ("arn:aws:dynamodb:{region}:{account}:table/{stack}-*",),
        ),
    ),
    "AWS::IAM::Role": (
        Statement(
            "Roles",
            _words(
                "CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies"
                " ListRolePolicies PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole"
                " UpdateRoleDescription",
                "iam",
            ),
            _ROLE,
        ),
    ),
    "AWS::KMS::Key": (
        Statement("NewKey", ("kms:CreateKey",), _ANY),
        Statement(
            "Key",
            _words(
                "DescribeKey EnableKeyRotation DisableKeyRotation EnableKey DisableKey GetKeyPolicy"
                " GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource"
                " UntagResource UpdateKeyDescription",
                "kms",
            ),
            ("arn:aws:kms:{region}:{account}:key/*",),
        ),
    ),
    "AWS::Lambda::EventInvokeConfig": (
        Statement(
            "Functions",
            _words(
                "DeleteFunctionEventInvokeConfig GetFunctionEventInvokeConfig PutFunctionEventInvokeConfig"
                " UpdateFunctionEventInvokeConfig",
                "lambda",
            ),
            _FUNCTION,
        ),
    ),
    "AWS::Lambda::EventSourceMapping": (
        Statement(
            "EventSources",
            _words(
                "CreateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping ListTags TagResource"
                " UntagResource UpdateEventSourceMapping",
                "lambda",
            ),
            # Lambda names no resource for the creation of a mapping.
            _ANY,
        ),
    ),
    "AWS::Lambda::Function": (
        Statement(
            "Functions",
            _words(
                "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig"
                " GetFunctionRecursionConfig GetFunctionScalingConfig GetRuntimeManagementConfig"
                " PutFunctionRecursionConfig UpdateFunctionCode UpdateFunctionConfiguration TagResource"
                " UntagResource ListTags",
                "lambda",
            ),
            _FUNCTION,
        ),
        Statement(
            "PassRoles",
            ("iam:PassRole",),
            _ROLE,
            {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}},
        ),
    ),
    "AWS::Lambda::LayerVersion": (
        Statement(
            "Layer",
            _words("DeleteLayerVersion GetLayerVersion PublishLayerVersion", "lambda"),
            (
                "arn:aws:lambda:{region}:{account}:layer:{stack}-core",
                "arn:aws:lambda:{region}:{account}:layer:{stack}-core:*",
            ),
        ),
    ),
    "AWS::Lambda::Permission": (
        Statement("Functions", _words("AddPermission GetPolicy RemovePermission", "lambda"), _FUNCTION),
    ),
    "AWS::Logs::LogGroup": (
        Statement(
            "Logs",
            _words(
                "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeIndexPolicies"
                " GetDataProtectionPolicy ListTagsForResource PutRetentionPolicy TagResource UntagResource",
                "logs",
            ),
            (_LOGS[0], f"{_LOGS[0]}:*"),
        ),
        Statement("FindLogs", _words("DescribeLogGroups DescribeResourcePolicies", "logs"), _ANY),
    ),
    "AWS::Logs::QueryDefinition": (
        Statement(
            "FindLogs",
            _words("DeleteQueryDefinition DescribeQueryDefinitions PutQueryDefinition", "logs"),
            _ANY,
        ),
    ),
    "AWS::S3::Bucket": (
        Statement(
            "Bucket",
            _words(
                "CreateBucket DeleteBucket GetBucket* GetEncryptionConfiguration GetLifecycleConfiguration"
                " GetAccelerateConfiguration GetAnalyticsConfiguration GetIntelligentTieringConfiguration"
                " GetInventoryConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket"
                " ListTagsForResource PutBucketOwnershipControls PutBucketPublicAccessBlock PutBucketTagging"
                " PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration TagResource"
                " UntagResource",
                "s3",
            ),
            _BUCKET,
        ),
    ),
    "AWS::S3::BucketPolicy": (
        Statement("Bucket", _words("DeleteBucketPolicy GetBucketPolicy PutBucketPolicy", "s3"), _BUCKET),
    ),
    "AWS::SNS::Subscription": (
        Statement(
            "Topics",
            _words("GetSubscriptionAttributes SetSubscriptionAttributes Subscribe Unsubscribe", "sns"),
            _TOPIC,
        ),
    ),
    "AWS::SNS::Topic": (
        Statement(
            "Topics",
            _words(
                "CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic"
                " ListTagsForResource SetTopicAttributes TagResource UntagResource",
                "sns",
            ),
            _TOPIC,
        ),
    ),
    "AWS::SNS::TopicPolicy": (Statement("Topics", ("sns:SetTopicAttributes",), _TOPIC),),
    "AWS::SQS::Queue": (
        Statement(
            "Queues",
            _words(
                "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes"
                " TagQueue UntagQueue",
                "sqs",
            ),
            _QUEUE,
        ),
    ),
    "AWS::SQS::QueuePolicy": (Statement("Queues", ("sqs:SetQueueAttributes",), _QUEUE),),
    "AWS::SSM::Parameter": (
        Statement(
            "TableName",
            _words(
                "AddTagsToResource DeleteParameter GetParameters ListTagsForResource PutParameter"
                " RemoveTagsFromResource",
                "ssm",
            ),
            # CloudFormation names it.
            ("arn:aws:ssm:{region}:{account}:parameter/CFN-TableArn-*",),
        ),
    ),
    "AWS::Scheduler::Schedule": (
        Statement(
            "Schedules",
            _words("CreateSchedule DeleteSchedule GetSchedule UpdateSchedule", "scheduler"),
            ("arn:aws:scheduler:{region}:{account}:schedule/default/{stack}-*",),
        ),
    ),
}
"""What CloudFormation does in the caller's name, by type of resource. One Sid has one set of resources."""

MADE_BY_SAM = {
    "AWS::Serverless::Api": (
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Stage",
        "AWS::Lambda::Permission",
    ),
    "AWS::Serverless::Function": ("AWS::Lambda::Function",),
    "AWS::Serverless::LayerVersion": ("AWS::Lambda::LayerVersion",),
}
"""What the SAM transform makes of a type of resource."""
MADE_OF_EVENTS = {
    "Api": "AWS::Lambda::Permission",
    "SQS": "AWS::Lambda::EventSourceMapping",
    "ScheduleV2": "AWS::Scheduler::Schedule",
}
"""What the SAM transform makes of a function's events."""
EVENT_INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"

TOOLS = (
    Statement(
        "Stack",
        _words(
            "ContinueUpdateRollback CreateChangeSet DeleteChangeSet DeleteStack DescribeChangeSet"
            " DescribeStackEvents DescribeStackResources DescribeStacks ExecuteChangeSet GetTemplate"
            " GetTemplateSummary ListStackResources RollbackStack",
            "cloudformation",
        ),
        (
            "arn:aws:cloudformation:{region}:{account}:stack/{stack}/*",
            "arn:aws:cloudformation:{region}:{account}:stack/aws-sam-cli-managed-default/*",
            "arn:aws:cloudformation:{region}:aws:transform/Serverless-2016-10-31",
        ),
    ),
    # `sam deploy` keeps what it uploads in a bucket that it makes itself, once for an account and region.
    Statement(
        "Uploads",
        _words(
            "CreateBucket GetBucket* GetEncryptionConfiguration GetObject GetObjectVersion ListBucket"
            " PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning"
            " PutEncryptionConfiguration"
            " PutObject",
            "s3",
        ),
        ("arn:aws:s3:::aws-sam-cli-managed-default-*",),
    ),
    Statement(
        "Limits",
        ("lambda:GetAccountSettings", "servicequotas:ListServiceQuotas", "ssm:GetServiceSetting"),
        _ANY,
    ),
)
"""What `make deploy` and the SAM CLI do themselves. Asking who one is needs no right."""

COMMAND_LINE = (
    Statement(
        "FindStack",
        ("cloudformation:DescribeStacks",),
        ("arn:aws:cloudformation:{region}:{account}:stack/{stack}/*",),
    ),
    # Transactions are allowed item by item, by PutItem and ConditionCheckItem.
    Statement(
        "Table",
        _words(
            "BatchGetItem ConditionCheckItem DeleteItem DescribeTable GetItem PutItem Query UpdateItem",
            "dynamodb",
        ),
        (
            "arn:aws:dynamodb:{region}:{account}:table/{stack}-*",
            "arn:aws:dynamodb:{region}:{account}:table/{stack}-*/index/*",
        ),
    ),
    Statement(
        "Secrets",
        _words("DeleteParameter GetParameter PutParameter", "ssm"),
        ("arn:aws:ssm:{region}:{account}:parameter/orderbridge/{stack}/*",),
    ),
    Statement(
        "Checkpoints", _words("GetObject PutObject", "s3"), ("arn:aws:s3:::{stack}-*/export-checkpoints/*",)
    ),
    Statement("FindCheckpoints", ("s3:ListBucket",), _BUCKET),
    Statement("Queues", _words("GetQueueAttributes SendMessage", "sqs"), _QUEUE),
    Statement(
        "Addresses",
        _words(
            "GetSubscriptionAttributes ListSubscriptionsByTopic SetSubscriptionAttributes Subscribe Unsubscribe",
            "sns",
        ),
        ("arn:aws:sns:{region}:{account}:{stack}-shop-alarms*",),
    ),
)
"""What ``orderbridge`` needs on a stack, with every command. A restored table must bear the stack's name too."""
