#pragma once
// Distillation: a float network's answers as a second target, beside the labels.

namespace at {
class Tensor;
}

namespace floatsd::train {

struct Distillation {
  double share = 0.5;      ///< of the teacher in the loss; the labels have the rest
  double temperature = 4;  ///< both networks' logits are divided by it
};

/// Throws Error naming the option whose value cannot be: the share is above 0 and at most 1, the
/// temperature above 0 and finite.
void check(const Distillation& options);

/// temperature^2 times the mean over images of KL(softmax(teacher / temperature) ||
/// softmax(student / temperature)), from logits [N, classes]; its gradient goes to the student.
/// Source: Hinton et al. 2015.
at::Tensor distillation_loss(const at::Tensor& student, const at::Tensor& teacher,
                             double temperature);

}  // namespace floatsd::train
