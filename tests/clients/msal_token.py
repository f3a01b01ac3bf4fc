"""Asks a login service for a token with MSAL, as described in "Acquiring tokens" in the documentation of MSAL Python.

    msal_token.py < REQUEST

REQUEST is one JSON object: {"authority","client_id","scope","ca"} with "secret", or with "key" and "certificate" (both PEM), and with
"thumbprint":true to name the certificate in the older way. Prints the answer of MSAL as JSON.
"""

import json
import sys

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import load_pem_x509_certificate
from msal import ConfidentialClientApplication


def credential(request):
    if "secret" in request:
        return request["secret"]
    if request.get("thumbprint"):
        thumbprint = load_pem_x509_certificate(request["certificate"].encode()).fingerprint(SHA1()).hex()
        return {"private_key": request["key"], "thumbprint": thumbprint}
    return {"private_key": request["key"], "public_certificate": request["certificate"]}


request = json.load(sys.stdin)
app = ConfidentialClientApplication(
    request["client_id"],
    authority=request["authority"],
    client_credential=credential(request),
    verify=request["ca"],
    # Otherwise MSAL asks Microsoft's own login service about this one.
    instance_discovery=False,
)
print(json.dumps(app.acquire_token_for_client(scopes=[request["scope"]])))
