"""What Molotov runs when its counts are compared with ours: weights 60, 30 and 10, one of them fails."""
import os

from molotov import scenario

TARGET = os.environ["TARGET"].rstrip("/")


async def visit(session, path):
    async with session.get(TARGET + path) as response:
        assert response.status < 400
        await response.read()


@scenario(weight=60)
async def browse(session):
    await visit(session, "/browse")


@scenario(weight=30)
async def buy(session):
    await visit(session, "/buy")
    await visit(session, "/paid")


@scenario(weight=10)
async def fail(session):
    await visit(session, "/fail")
