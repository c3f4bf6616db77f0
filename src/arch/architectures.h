// The descriptions that registry.cc lists; each is defined in the architecture's own file.
#pragma once

#include "arch/registry.h"

namespace crossrank {

extern const Architecture kBert;        // bert.cc
extern const Architecture kModernBert;  // modernbert.cc
extern const Architecture kMpnet;       // mpnet.cc
extern const Architecture kElectra;     // electra.cc
extern const Architecture kDistilBert;  // distilbert.cc
extern const Architecture kDebertaV2;   // deberta_v2.cc
extern const Architecture kRoberta;     // roberta.cc
extern const Architecture kXlmRoberta;  // roberta.cc
extern const Architecture kCamembert;   // roberta.cc

}  // namespace crossrank
