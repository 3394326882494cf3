"""The tables of a host, and one process of its service."""

import time
from datetime import timedelta
from multiprocessing.connection import Connection

import redis
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker

from scopeguard.keys import Keys
from scopeguard.keys.redis import RedisCache
from scopeguard.keys.sqlalchemy import GenerationColumns, KeyColumns, SqlalchemyStore
from tests.unit.keys.driving import NOW, PEPPER

BOUND = timedelta(milliseconds=500)


class Base(DeclarativeBase):
    """The classes of a host."""


class ApiKey(KeyColumns, Base):
    """The table of a host."""

    __tablename__ = "api_keys"


class KeyGeneration(GenerationColumns, Base):
    """The generation of its keys."""

    __tablename__ = "api_key_generation"


def store(url: str) -> SqlalchemyStore:
    """The keys in a database."""
    return SqlalchemyStore(sessionmaker(create_engine(url, poolclass=NullPool)), ApiKey, generation=KeyGeneration)


def watch(url: str, port: int, secret: str, pipe: Connection) -> None:
    """Tell that a key is known, and when it no longer is."""
    with redis.Redis("127.0.0.1", port) as client:
        keys = Keys(store(url), prefix="hyp", pepper=[PEPPER], cache=RedisCache(client), cache_bound=BOUND)
        assert keys.verify(secret, now=NOW) is not None
        pipe.send("ready")
        while keys.verify(secret, now=NOW) is not None:
            time.sleep(0.002)
        pipe.send(time.time())
