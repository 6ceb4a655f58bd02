"""MongoDB through PyMongo: the same rows as documents of the host's database."""

from ejournal.adapters.mongo.documents import Upcast
from ejournal.adapters.mongo.faults import StandAlone
from ejournal.adapters.mongo.schema import Index
from ejournal.adapters.mongo.store import Guarantee, MongoStore

__all__ = ["Guarantee", "Index", "MongoStore", "StandAlone", "Upcast"]
