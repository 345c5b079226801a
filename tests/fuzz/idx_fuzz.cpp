// An IDX file, plain or gzipped, as images and as labels.

#include "data/idx.h"
#include "reads.h"
#include "scratch_file.h"

using namespace floatsd;

bool fuzz::reads(std::string_view bytes) {
  constexpr int64_t kMostValues = 1 << 16;
  const std::filesystem::path path = scratch_file("file", bytes);
  const auto accepts_rank = [&](int rank) {
    return accepts([&] {
      const data::Idx idx = data::read_idx(path, rank, kMostValues);
      int64_t values = 1;
      for (const int64_t dimension : idx.dims) {
        values *= dimension;
      }
      hold(std::ssize(idx.values) == values, "there are as many values as the header says");
    });
  };
  const bool are_images = accepts_rank(3);
  const bool are_labels = accepts_rank(1);
  return are_images || are_labels;
}
