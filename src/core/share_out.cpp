#include "core/share_out.h"

#include <algorithm>
#include <functional>

#include "core/combine_over_ranks.h"

namespace floatsd {

std::vector<ImageBatch> batches_of_rank(int64_t count, int64_t batch, const Communicator& ranks) {
  std::vector<ImageBatch> batches;
  for (int64_t begin = ranks.rank() * batch; begin < count; begin += ranks.size() * batch) {
    batches.push_back({begin, std::min(begin + batch, count)});
  }
  return batches;
}

int64_t images_in(const std::vector<ImageBatch>& batches) {
  int64_t images = 0;
  for (const ImageBatch& batch : batches) {
    images += batch.size();
  }
  return images;
}

void sum_over_ranks(Communicator& ranks, std::span<int64_t> counts) {
  combine_over_ranks(ranks, counts, std::plus<>());
}

}  // namespace floatsd
