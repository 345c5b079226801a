#include "ops/max_pool.h"

#include <ATen/ATen.h>

#include <limits>

#include "catch.h"

using floatsd::ops::max_pool;

TEST_CASE("Max pooling and its gradient equal ATen's", "[max_pool]") {
  for (const auto& shape : {std::vector<int64_t>{2, 1, 4, 4}, {3, 5, 7, 9}, {1, 16, 28, 28}}) {
    for (const int window : {2, 3}) {
      for (const auto type : {at::kFloat, at::kDouble}) {
        // Few different values, so that many are equal.
        const at::Tensor x = at::randint(0, 4, shape).to(type);
        const at::Tensor ours = x.clone().requires_grad_();
        const at::Tensor theirs = x.clone().requires_grad_();
        const at::Tensor pooled = max_pool(ours, window);
        const at::Tensor expected = at::max_pool2d(theirs, window);
        REQUIRE(at::equal(pooled, expected));
        const at::Tensor upstream = at::randn(expected.sizes()).to(type);
        pooled.backward(upstream);
        expected.backward(upstream);
        REQUIRE(at::equal(ours.grad(), theirs.grad()));
      }
    }
  }
}

TEST_CASE("A NaN is not lost in pooling", "[max_pool]") {
  for (int64_t place = 0; place < 4; ++place) {
    at::Tensor x = at::ones({1, 1, 2, 2});
    x.view({4})[place] = std::numeric_limits<float>::quiet_NaN();
    CHECK(max_pool(x, 2).isnan().item<bool>());
  }
}
