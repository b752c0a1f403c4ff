"""A shop in Flask. It asks for http://price/price; http_proxy sends that to its sidecar."""
import flask
import requests

app = flask.Flask("shop")


@app.get("/")
def shop():
    answer = requests.get("http://price/price", timeout=5)
    return {"shop": "open", "answer": answer.json()}, answer.status_code
