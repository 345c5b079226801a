#pragma once
// The styles in which a program is written (emit/onnx.h): each adds the whole network to an empty
// graph. They throw Error with the operator's name if they have no form of it.

#include "emit/onnx/graph.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit::onnx {

void write_integer(const runtime::Program& program, Graph& graph);
void write_qdq(const runtime::Program& program, Graph& graph);
void write_qonnx(const runtime::Program& program, Graph& graph);

}  // namespace floatsd::emit::onnx
