"""Buckets without a server: fsspec's own in memory, and one that fails as others do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import fsspec
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.memory import MemoryFileSystem


class Bucket(AsyncFileSystem):
    """Like s3fs in two ways: it is asynchronous inside, and what it says of a failure may hold a
    signed address.
    """

    protocol = "fake"
    cachable = False
    objects: ClassVar[dict[str, bytes]] = {}
    fails: Exception | None = None

    async def _pipe_file(self, path, value, mode="overwrite", **_more):
        if self.fails is not None:
            raise self.fails
        if mode == "create" and path in self.objects:
            raise FileExistsError(path)
        self.objects[path] = value

    async def _cat_file(self, path, **_more):
        if path not in self.objects:
            raise FileNotFoundError(path)
        return self.objects[path]

    async def _exists(self, path, **_more):
        return path in self.objects

    async def _find(self, path, **_more):
        return sorted(name for name in self.objects if name.startswith(f"{path}/"))

    async def _rm_file(self, path, **_more):
        del self.objects[path]


@contextmanager
def empty_buckets() -> Iterator[None]:
    """Have ``fake://`` mean a ``Bucket``, and leave nothing in any bucket."""
    fsspec.register_implementation("fake", Bucket, clobber=True)
    try:
        yield
    finally:
        Bucket.objects.clear()
        MemoryFileSystem.store.clear()
        MemoryFileSystem.pseudo_dirs[:] = [""]
