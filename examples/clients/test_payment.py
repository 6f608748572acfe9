"""What a shop's tests can do with the sandbox: run them with `python3 -m unittest`.

They need the package cryptography. SANDBOX_URL says where the sandbox is. If it is on
another machine, the file that SANDBOX_CONTROL_TOKEN_FILE names has the token of its
control API, SHOP_NOTIFY_URL is where it sends notifications, and SHOP_PORT is the port at
which they arrive here.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8700")

TOKEN_FILE = os.environ.get("SANDBOX_CONTROL_TOKEN_FILE")


def control(method, path, body=None):
    """Calls the sandbox's control API."""
    request = urllib.request.Request(f"{SANDBOX}/__tradepay{path}", method=method)
    if TOKEN_FILE:
        request.add_header("Authorization", "Bearer " + pathlib.Path(TOKEN_FILE).read_text().strip())
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path}: {json.load(error)['error']}") from error


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class Merchant:
    """The ids and keys that the sandbox has for a merchant."""

    def __init__(self, given):
        self.given = given
        self.private_key = serialization.load_pem_private_key(given["privateKey"].encode(), None)
        self.wallet_keys = {
            version: serialization.load_pem_public_key(pem.encode()) for version, pem in given["walletKeys"].items()
        }

    def signed(self, uri, time, body):
        return f"POST {uri}\n{self.given['clientId']}.{time}.".encode() + body

    def sign(self, text):
        value = base64.b64encode(self.private_key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        return f"algorithm=RSA256, keyVersion={self.given['keyVersion']}, signature={value}"

    def verify(self, header, text):
        """Returns the keyVersion with which the wallet signed a text."""
        version = re.search("keyVersion=([^,]+)", header)[1]
        value = urllib.parse.unquote(re.search("signature=(.+)", header)[1])
        self.wallet_keys[version].verify(base64.b64decode(value), text, padding.PKCS1v15(), hashes.SHA256())
        return version

    def call(self, operation, request):
        """Sends a signed request to the wallet and returns its verified answer."""
        uri, time, body = f"{self.given['prefix']}/v2/payments/{operation}", now(), json.dumps(request).encode()
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": self.given["clientId"],
            "Request-Time": time,
            "Signature": self.sign(self.signed(uri, time, body)),
        }
        with urllib.request.urlopen(urllib.request.Request(self.given["baseUrl"] + uri, body, headers)) as response:
            text = response.read()
            signed = self.signed(uri, response.headers["Response-Time"], text)
            return json.loads(text) | {"keyVersion": self.verify(response.headers["Signature"], signed)}

    def inquire(self, payment):
        return self.call("inquiryPayment", {"paymentRequestId": payment})


class Shop(BaseHTTPRequestHandler):
    """Takes notifications: it verifies them, and signs its acknowledgement."""

    merchant = None
    notified = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = self.merchant.signed(self.path, self.headers["Request-Time"], body)
        self.merchant.verify(self.headers["Signature"], signed)
        self.notified.append(json.loads(body))
        time, answer = now(), b'{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Client-Id", self.merchant.given["clientId"])
        self.send_header("Response-Time", time)
        self.send_header("Signature", self.merchant.sign(self.merchant.signed(self.path, time, answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class PaymentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        control("POST", "/reset")
        cls.merchant = Shop.merchant = Merchant(control("GET", "/merchant"))
        port = int(os.environ.get("SHOP_PORT", "0"))
        cls.shop = ThreadingHTTPServer(("0.0.0.0" if port else "127.0.0.1", port), Shop)
        threading.Thread(target=cls.shop.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.shop.shutdown()
        cls.shop.server_close()

    def create(self, payment):
        return self.merchant.call("pay", {
            "paymentRequestId": payment,
            "appId": self.merchant.given["appId"],
            "paymentAmount": {"currency": "USD", "value": "1050"},
            "order": {"orderDescription": "Two coffees"},
            "paymentNotifyUrl": os.environ.get("SHOP_NOTIFY_URL", f"http://127.0.0.1:{self.shop.server_port}/notify"),
        })

    def status(self, payment):
        return self.merchant.inquire(payment)["paymentStatus"]

    def test_a_payment_is_paid_and_notified(self):
        payment = str(uuid.uuid4())
        self.assertTrue(self.create(payment)["redirectActionForm"]["redirectUrl"], "for my.tradePay")
        control("POST", f"/payments/{payment}/pay")
        answer = control("GET", f"/deliveries?payment={payment}&acknowledged=true&wait=10s")
        self.assertEqual(len(answer["deliveries"]), 1)
        self.assertEqual(Shop.notified[-1]["paymentRequestId"], payment)
        self.assertEqual(self.status(payment), "SUCCESS")

    def test_the_answer_to_the_second_pay_is_lost(self):
        control("POST", "/faults", {"kind": "DropAfter", "operation": "pay", "after": 1})
        self.create(str(uuid.uuid4()))
        payment = str(uuid.uuid4())
        with self.assertRaises((urllib.error.URLError, http.client.HTTPException, OSError)):
            self.create(payment)
        self.assertEqual(self.status(payment), "PROCESSING", "unknown is not failed: the order exists")
        again = self.create(payment)
        self.assertEqual(again["paymentId"], self.merchant.inquire(payment)["paymentId"], "and no second order")

    def test_nobody_pays_in_time(self):
        payment = str(uuid.uuid4())
        self.create(payment)
        control("POST", f"/payments/{payment}/expire")
        self.assertEqual(self.status(payment), "CANCELLED")

    def test_the_wallet_rotates_its_keys(self):
        payment = str(uuid.uuid4())
        before = self.create(payment)["keyVersion"]
        signs_with = control("POST", "/keys/rotate")["signsWith"]
        self.assertNotEqual(signs_with, before)
        self.assertEqual(self.merchant.inquire(payment)["keyVersion"], signs_with)


if __name__ == "__main__":
    unittest.main()
