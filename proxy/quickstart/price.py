"""Prices in FastAPI. Every third answer, about, is a 503: what retries are for."""
import random

import fastapi

app = fastapi.FastAPI()


@app.get("/price")
def price():
    if random.random() < 0.3:
        raise fastapi.HTTPException(503, "busy")
    return {"price": 42}
