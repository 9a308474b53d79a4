"""Judge payloads with Google's protobuf, for tests/unit/test_codec_google.c.

Reads kind(1) verdict(1) length(4) payload, one after another, and fails at the first payload whose
verdict is another one here. Kinds are purposes (saldo.proto), 0 is a Decision. The rules of
FORMAT.md, "Canonical", are written down here a second time on purpose.
"""
import os
import struct
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["protoc", "--proto_path=proto", "--python_out=" + folder, "saldo.proto"],
                   check=True)
    sys.path.insert(0, folder)
    import saldo_pb2 as pb

from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import DecodeError

TYPES = {0: pb.Decision, 1: pb.ChargeRequest, 2: pb.CommandRequest, 3: pb.CommandRequest,
         4: pb.QueryRequest}
NAMES = ("name", "name_fi", "name_en", "account_name", "group")
TEXTS = ("reason", "text")
IDS = ("request_id", "charge")


def text_good(name, text):
    most = 140 if name in NAMES else 500 if name in TEXTS else 40
    if len(text.encode()) > most or (name == "rate_class" and text == "ALL"):
        return False
    return all(ord(c) >= 0x20 and ord(c) != 0x7f for c in text)


def value_good(field, value):
    if field.type == Field.TYPE_MESSAGE:
        return message_good(value)
    if field.type == Field.TYPE_STRING:
        return text_good(field.name, value)
    if field.type == Field.TYPE_BYTES:
        if field.full_name.endswith(".CorrectionsQuery.charge") and len(value) == 0:
            return True
        return len(value) == 16 if field.name in IDS else len(value) <= 32
    if field.type == Field.TYPE_ENUM:
        return value in field.enum_type.values_by_number
    return True


def message_good(message):
    if len(message.UnknownFields()) != 0:
        return False
    present = {field.name for field, _ in message.ListFields()}
    for field in message.DESCRIPTOR.fields:
        alone = field.containing_oneof is None and field.type != Field.TYPE_MESSAGE
        if field.label == Field.LABEL_REPEATED:
            if not all(value_good(field, v) for v in getattr(message, field.name)):
                return False
        elif (alone or field.name in present) and not value_good(field, getattr(message, field.name)):
            return False
    return True


def command_good(command, settle):
    body = command.WhichOneof("body")
    return body is not None and (settle is None or (body == "settle_day") == settle)


def shape_good(kind, m):
    if kind == 0:
        return len(m.answers) <= 8192 and (not m.HasField("batch") or
                                           (len(m.batch.hash) == 32 and not m.batch.lines and not m.batch.next))
    if kind == 1:
        return 1 <= len(m.charges) <= 8192
    if kind in (2, 3):
        most = 8192 if kind == 2 else 1
        return 1 <= len(m.commands) <= most and all(command_good(c, kind == 3) for c in m.commands)
    if m.WhichOneof("body") != "check":
        return m.WhichOneof("body") is not None
    return (1 <= len(m.check.charges) + len(m.check.commands) <= 8192 and
            all(command_good(c, None) for c in m.check.commands))


def judge(kind, payload):
    message = TYPES[kind]()
    try:
        message.ParseFromString(payload)
    except (DecodeError, UnicodeDecodeError):
        return False
    return (message.SerializeToString(deterministic=True) == payload and message_good(message) and
            shape_good(kind, message))


def main():
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the library complains of every bad text
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    at = count = 0
    while at < len(data):
        kind, verdict, length = struct.unpack_from(">BBI", data, at)
        payload = data[at + 6:at + 6 + length]
        at += 6 + length
        count += 1
        if judge(kind, payload) != bool(verdict):
            print("payload %d of kind %d: the codec says %d: %s" %
                  (count, kind, verdict, payload.hex()))
            sys.exit(1)
    print("%d payloads, the same verdicts" % count)


main()
