"""The buckets of .ci/integrations/s3-witness, by AWS's own library."""

import sys
from datetime import datetime, timezone

import boto3
from botocore.exceptions import ClientError

endpoint, what, *rest = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)


def versions(bucket):
    return s3.list_object_versions(Bucket=bucket).get("Versions", [])


if what == "make":
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="witness", CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    s3.create_bucket(Bucket="careless", CreateBucketConfiguration=place)
elif what == "read":
    # What others put there has another name: fewer parts than number, size and end.
    first = next(version for version in versions("witness") if version["Key"].rsplit("/", 1)[1].count("-") == 2)
    body = s3.get_object(Bucket="witness", Key=first["Key"], VersionId=first["VersionId"])["Body"]
    print(body.read().decode(), end="")
elif what == "disturb":
    # What comes first in the list, and what has the latest one's number and size.
    latest = versions("witness")[0]["Key"]
    for key in [f"{latest.rsplit('/', 1)[0]}/0", latest.rsplit("-", 1)[0]]:
        s3.put_object(Bucket="witness", Key=key, Body=b"nonsense")
elif what == "count":
    print(len(versions(rest[0])))
elif what == "locked":
    for version in versions("witness"):
        named = {"Bucket": "witness", "Key": version["Key"], "VersionId": version["VersionId"]}
        head = s3.head_object(**named)
        assert head["ObjectLockMode"] == "COMPLIANCE", head
        left = head["ObjectLockRetainUntilDate"] - datetime.now(timezone.utc)
        assert 363 < left.days < 366, left
        try:
            s3.delete_object(**named, BypassGovernanceRetention=True)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied", error
        else:
            raise SystemExit("a locked checkpoint was deleted")
        try:
            s3.put_object(Bucket="witness", Key=version["Key"], Body=b"x", IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed", error
        else:
            raise SystemExit("a checkpoint was put twice")
        # Hides it from whoever lists without versions; the witness is not to be fooled.
        s3.delete_object(Bucket="witness", Key=version["Key"])
