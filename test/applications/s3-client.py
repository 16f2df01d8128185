# boto3 against an S3 server: objects in parts, headers that are not ASCII, signed addresses, lists and deletes.
import hashlib, os, sys, urllib.request
import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

url = f'http://127.0.0.1:{sys.argv[1]}'
s3 = boto3.client('s3', endpoint_url=url, aws_access_key_id='ACCESSKEY1', aws_secret_access_key='SECRETKEY1',
                  region_name='us-east-1', config=Config(signature_version='s3v4', response_checksum_validation='when_required', s3={'addressing_style': 'path'}, retries={'total_max_attempts': 1}))
s3.create_bucket(Bucket='photos')
body = os.urandom(12_000_000)
import io
s3.upload_fileobj(io.BytesIO(body), 'photos', 'big file é+1.bin', Config=TransferConfig(multipart_threshold=5_000_000, multipart_chunksize=5_500_000))
got = s3.get_object(Bucket='photos', Key='big file é+1.bin')['Body'].read()
assert hashlib.sha256(got).digest() == hashlib.sha256(body).digest()
print('parts')
s3.put_object(Bucket='photos', Key='cv.pdf', Body=b'pdf', ContentDisposition='attachment; filename="résumé.pdf"')
assert s3.get_object(Bucket='photos', Key='cv.pdf', Range='bytes=1-2')['Body'].read() == b'df'
print('headers')
link = s3.generate_presigned_url('get_object', Params={'Bucket': 'photos', 'Key': 'cv.pdf'})
assert urllib.request.urlopen(link).read() == b'pdf'
print('signed')
keys = sorted(one['Key'] for one in s3.list_objects_v2(Bucket='photos')['Contents'])
assert keys == ['big file é+1.bin', 'cv.pdf'], keys
s3.delete_objects(Bucket='photos', Delete={'Objects': [{'Key': key} for key in keys]})
assert 'Contents' not in s3.list_objects_v2(Bucket='photos')
print('deleted')
