// The pickle of a checkpoint, without the archive around it, whose checksums keep a fuzzer out.

#include <string>

#include "reads.h"
#include "serialize/pickle_reader.h"

using namespace floatsd;

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    const std::string storage(64, '\1');
    serialize::read_pickle(bytes, [&](const std::string& /*key*/, uint64_t size) {
      return std::string_view(storage).substr(0, size);
    });
  });
}
