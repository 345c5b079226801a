#pragma once
// NumPy's .npz: a zip archive of .npy files, each an array behind a header
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

#include "floatsd/serialize/value.h"
#include "serialize/zip_reader.h"

namespace floatsd::serialize {

/// The arrays by name; one whose elements are no numbers, or big endian, is Opaque. Throws Error
/// where a header is not as NumPy writes it, or does not fit its array.
Dict read_npz(ZipReader& zip);

}  // namespace floatsd::serialize
