"""What Locust runs beside us: one GET, by its faster client."""
from locust import task
from locust.contrib.fasthttp import FastHttpUser


class Peer(FastHttpUser):
    @task
    def get(self):
        self.client.get("/")
