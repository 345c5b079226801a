#include "runtime/buffers.h"

#include <algorithm>
#include <numeric>

namespace floatsd::runtime {

std::vector<size_t> shared_buffers(const Program& program) {
  const size_t count = program.ops.size();
  std::vector<size_t> last_reader(count);
  std::iota(last_reader.begin(), last_reader.end(), size_t{0});  // itself, if nobody reads it
  for (size_t i = 0; i < count; ++i) {
    for (const int from : program.ops[i].inputs) {
      if (from != kNetworkInput) {
        last_reader[from] = i;
      }
    }
  }
  std::vector<std::vector<size_t>> read_until(count);  // by last reader
  for (size_t i = 0; i < count; ++i) {
    read_until[last_reader[i]].push_back(i);
  }
  std::vector<size_t> buffer_of;
  std::vector<size_t> free;
  size_t buffers = 0;
  for (size_t i = 0; i < count; ++i) {
    if (free.empty()) {
      free.push_back(buffers++);
    }
    buffer_of.push_back(free.back());
    free.pop_back();
    for (const size_t op : read_until[i]) {
      free.push_back(buffer_of[op]);
    }
  }
  return buffer_of;
}

std::vector<size_t> own_buffers(const Program& program) {
  std::vector<size_t> buffer_of(program.ops.size());
  std::iota(buffer_of.begin(), buffer_of.end(), size_t{0});
  return buffer_of;
}

BufferPlaces place_buffers(const std::vector<size_t>& buffer_of,
                           const std::vector<size_t>& output_bytes) {
  std::vector<size_t> bytes(*std::max_element(buffer_of.begin(), buffer_of.end()) + 1, 0);
  for (size_t op = 0; op < buffer_of.size(); ++op) {
    bytes[buffer_of[op]] = std::max(bytes[buffer_of[op]], output_bytes[op]);
  }
  std::vector<size_t> begins(bytes.size(), 0);
  std::partial_sum(bytes.begin(), bytes.end() - 1, begins.begin() + 1);
  BufferPlaces places{.begins = {}, .bytes = begins.back() + bytes.back()};
  for (const size_t buffer : buffer_of) {
    places.begins.push_back(begins[buffer]);
  }
  return places;
}

}  // namespace floatsd::runtime
