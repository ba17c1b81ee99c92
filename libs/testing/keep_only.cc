#include "libs/testing/keep_only.h"

namespace redress::testing {

void KeepOnly(AspectSet kept, storage::v1::ComplaintState* state) {
  const auto* descriptor = state->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    // Fields are numbered by aspect (Footprint.StateFieldsAreNumberedByAspect).
    if (!kept.Has(static_cast<Aspect>(field->number() - 1)))
      state->GetReflection()->ClearField(state, field);
  }
}

}  // namespace redress::testing
