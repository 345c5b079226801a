#include "floatsd/train/distillation.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;
using train::distillation_loss;

TEST_CASE("Distillation's loss is the divergence from the teacher, by its definition",
          "[distillation]") {
  at::manual_seed(2);
  const double temperature = 3;
  const at::Tensor teacher = at::randn({4, 10}) * 5;
  const at::Tensor student = (at::randn({4, 10}) * 5).requires_grad_();
  const at::Tensor p = (teacher / temperature).softmax(1);
  const at::Tensor q = (student.detach() / temperature).softmax(1);
  const auto expected = (p * (p.log() - q.log())).sum().item<double>() / 4 * 9;
  const at::Tensor loss = distillation_loss(student, teacher, temperature);
  CHECK(std::abs(loss.item<double>() - expected) < 1e-4);

  loss.backward();  // d loss / d logits = T (q - p) / N
  CHECK(at::allclose(student.grad(), (q - p) * temperature / 4, 1e-4, 1e-6));
}

TEST_CASE("A student that answers as its teacher has nothing to learn from it", "[distillation]") {
  const at::Tensor logits = at::tensor({1.0F, -2.0F, 4.0F}).reshape({1, 3});
  CHECK(std::abs(distillation_loss(logits + 5, logits, 4).item<double>()) < 1e-5);
}

TEST_CASE("Distillation that cannot be is refused by name", "[distillation]") {
  CHECK_THROWS_WITH(train::check({.share = 0}), Catch::Contains("teacher-share"));
  CHECK_THROWS_WITH(train::check({.share = 1.5}), Catch::Contains("teacher-share"));
  CHECK_THROWS_WITH(train::check({.temperature = 0}), Catch::Contains("temperature"));
  CHECK_NOTHROW(train::check(train::Distillation{}));
}
