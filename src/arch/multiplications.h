// multiplications: how much a model multiplies for one sequence, from its specs alone; what speed is divided by to say how much of a
// machine is used.
#pragma once

#include "arch/spec.h"

namespace crossrank {

/// Which rows of the last layer are counted past its keys and values: all, as the architecture has it, or those alone that the head reads,
/// as crossrank computes it.
enum class LastLayer { kWhole, kRowsRead };

/// Multiply-adds, each two operations, of one sequence of `tokens` real tokens, encoder and head: every matrix product, and of attention
/// the scores and values of the pairs that a window lets see each other. With DisentangledScores each part is one more product a pair, as
/// its definition says; the tables that are made once at loading are not counted, nor are norms, activations, rotations and lookups.
double multiplications(const EncoderSpec& encoder, const HeadSpec& head, int tokens, LastLayer last_layer = LastLayer::kWhole);

}  // namespace crossrank
