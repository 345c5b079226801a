#include "ops/shards.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace floatsd::ops {

Shards::Shards(int64_t images, int count, Communicator& ranks)
    : all_images_(images), ranks_(ranks) {
  const int own = count / ranks.size();
  const int first = ranks.rank() * own;
  const auto begin_among_all = [&](int shard) { return images * shard / count; };
  first_image_ = begin_among_all(first);
  for (int shard = first; shard <= first + own; ++shard) {
    begins_.push_back(begin_among_all(shard) - first_image_);
  }
}

namespace {

/// Sets the number of threads back when it goes.
class ThreadsKept {
 public:
  ThreadsKept() = default;
  ~ThreadsKept() { at::set_num_threads(count_); }
  ThreadsKept(const ThreadsKept&) = delete;
  ThreadsKept& operator=(const ThreadsKept&) = delete;

 private:
  int count_ = at::get_num_threads();
};

}  // namespace

void Shards::for_each(const std::function<void(int shard)>& work) const {
  // Two at least: a single piece of work would not count as parallel, and what it calls would
  // divide its own work among the threads.
  const int64_t pieces = std::max(count(), 2);
  const ThreadsKept kept;
  at::parallel_for(0, pieces, /*grain_size=*/1, [&](int64_t begin, int64_t end) {
    const at::NoGradGuard no_grad;
    const at::internal::ThreadIdGuard first_of_one(0);
    at::set_num_threads(1);  // for oneDNN and MKL, which would plan a product for all
    for (int64_t shard = begin; shard < std::min<int64_t>(end, count()); ++shard) {
      work(static_cast<int>(shard));
    }
  });
}

Range Shards::of_all_ranks(Range range) const {
  if (ranks_.size() == 1) {
    return range;
  }
  std::vector<float> ends = range.max;  // the smallest is the largest of the negated
  std::transform(range.min.begin(), range.min.end(), std::back_inserter(ends), std::negate<>());
  max_over_ranks(ranks_, ends);
  const auto middle = ends.begin() + static_cast<int64_t>(range.max.size());
  std::copy(ends.begin(), middle, range.max.begin());
  std::transform(middle, ends.end(), range.min.begin(), std::negate<>());
  return range;
}

}  // namespace floatsd::ops
