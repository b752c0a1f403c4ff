"""A shop in Flask. It asks for http://price/price; http_proxy sends that to its sidecar."""
import flask
import requests

app = flask.Flask("shop")


@app.get("/")
def shop():
    answer = requests.get("http://price/price", timeout=5)
    price = answer.json() if answer.ok else answer.text  # errors of the sidecar are text
    return {"shop": "open", "answer": price}, answer.status_code
