"""Prices in FastAPI. Every third answer is a 503: what retries are for."""
import itertools

import fastapi

app = fastapi.FastAPI()
asked = itertools.count(1)


@app.get("/price")
async def price():
    if next(asked) % 3 == 0:
        raise fastapi.HTTPException(503, "busy")
    return {"price": 42}
