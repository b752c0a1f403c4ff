"""What Molotov runs beside us: one GET whose body is read. The target comes from TARGET."""
import os

from molotov import scenario

TARGET = os.environ["TARGET"]


@scenario(weight=100)
async def get(session):
    async with session.get(TARGET) as response:
        assert response.status == 200
        await response.read()
