"""The integer networks that floatsd trains, on NumPy arrays.

    model = floatsd_runtime.load("model.safetensors")
    classes = model.classify(images)        # uint8 [N, C, H, W] -> int32 [N]
"""
import concurrent.futures
import os
import queue
import weakref

import numpy

from . import _library

__all__ = ["Error", "Model", "load", "version"]


class Error(ValueError):
    """One line: where, what was found, what was expected."""


class Model:
    """A network from a model file. Never changes: threads may share it."""

    def __init__(self, path):
        name = os.fsencode(path)
        if b"\0" in name:  # where the path of a C library would end
            raise Error(f"{path!r}: a path with a null byte, expected the path of a file")
        self._handle = _made(_library.load(name))
        weakref.finalize(self, _library.free_model, self._handle)
        self._idle_sessions = queue.SimpleQueue()
        #: The network's name.
        self.network = _library.network(self._handle).decode()
        #: (C, H, W) of an image.
        self.input_shape = tuple(size(self._handle) for size in
                                 (_library.channels, _library.height, _library.width))
        #: How many outputs an image has: one a class.
        self.outputs = _library.outputs(self._handle)
        names = [_library.class_name(self._handle, i) for i in range(self.outputs)]
        #: The classes' names in the order of the outputs; None if the file names none.
        self.class_names = None if None in names else [name.decode() for name in names]
        #: A channel's byte means (byte / 255 - mean) / std; None if the file does not say.
        self.mean = self._by_channel(_library.mean)
        self.std = self._by_channel(_library.deviation)
        #: An output code means (code - output_zero_point) * output_scale.
        self.output_scale = _library.output_scale(self._handle)
        self.output_zero_point = _library.output_zero_point(self._handle)

    def __call__(self, images, threads=1):
        """The outputs' real values, float32 [N, outputs]."""
        return self._run(images, threads, "values", numpy.float32, self.outputs)

    def classify(self, images, threads=1):
        """Each image's class, int32 [N]: its largest output, the lowest one at a tie."""
        return self._run(images, threads, "classes", numpy.int32)

    def codes(self, images, threads=1):
        """The outputs' codes, uint8 [N, outputs]."""
        return self._run(images, threads, "codes", numpy.uint8, self.outputs)

    def _by_channel(self, get):
        numbers = get(self._handle)
        return tuple(numbers[:self.input_shape[0]]) if numbers else None

    def _run(self, images, threads, wanted, dtype, *shape):
        images = self._checked(images)
        if threads < 1:
            raise Error(f"threads is {threads}, expected 1 or more")
        result = numpy.empty((len(images), *shape), dtype)
        threads = max(1, min(threads, len(images)))
        if threads == 1:  # the calling one
            self._run_part(images, wanted, result)
            return result
        ends = [len(images) * i // threads for i in range(threads + 1)]

        def run_part(first, end):
            self._run_part(images[first:end], wanted, result[first:end])

        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            list(pool.map(run_part, ends, ends[1:]))
        return result

    def _run_part(self, images, wanted, result):
        """In one of the model's sessions; Python's lock is free meanwhile."""
        try:
            session = self._idle_sessions.get_nowait()
        except queue.Empty:
            session = _Session(self._handle)
        outputs = [result.ctypes.data if name == wanted else None for name in ("codes", "values", "classes")]
        failed = _library.run(session.handle, images.ctypes.data, images.nbytes, *outputs)
        self._idle_sessions.put(session)
        if failed:
            raise _last_error()

    def _checked(self, images):
        images = numpy.asarray(images)
        if images.dtype != numpy.uint8:
            raise Error(f"images of {images.dtype}, expected uint8")
        expected = self.input_shape
        if expected[0] == 1 and images.shape[1:] == expected[1:]:  # [N, H, W]
            images = images[:, None]
        if images.shape[1:] != expected:
            raise Error(f"images of shape {list(images.shape)}, expected [N, {', '.join(map(str, expected))}]")
        return numpy.ascontiguousarray(images)


class _Session:
    """What one thread works in."""

    def __init__(self, model):
        self.handle = _made(_library.new_session(model))
        weakref.finalize(self, _library.free_session, self.handle)


def load(path):
    """Reads and validates a model file. Raises Error if it cannot be read, or is not valid."""
    return Model(path)


def _last_error():
    return Error(_library.last_error().decode(errors="replace"))


def _made(handle):
    if not handle:
        raise _last_error()
    return handle


#: The version of the library, "0.1.0".
version = _library.version().decode()
