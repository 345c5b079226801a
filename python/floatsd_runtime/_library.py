"""The functions of floatsd/floatsd_c.h, which says what each does."""
import ctypes
import pathlib

_shared = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libfloatsd_c.so")))
_handle, _size, _text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p


def _function(name, result, *arguments):
    function = getattr(_shared, "floatsd_" + name)
    function.restype, function.argtypes = result, arguments
    return function


version = _function("version", _text)
last_error = _function("last_error", _text)
load = _function("load", _handle, _text)
free_model = _function("free_model", None, _handle)
network = _function("network", _text, _handle)
channels = _function("channels", _size, _handle)
height = _function("height", _size, _handle)
width = _function("width", _size, _handle)
outputs = _function("outputs", _size, _handle)
class_name = _function("class_name", _text, _handle, _size)
mean = _function("mean", ctypes.POINTER(ctypes.c_float), _handle)
deviation = _function("deviation", ctypes.POINTER(ctypes.c_float), _handle)
output_scale = _function("output_scale", ctypes.c_float, _handle)
output_zero_point = _function("output_zero_point", ctypes.c_int32, _handle)
new_session = _function("new_session", _handle, _handle)
free_session = _function("free_session", None, _handle)
run = _function("run", ctypes.c_int, _handle, _handle, _size, _handle, _handle, _handle)
