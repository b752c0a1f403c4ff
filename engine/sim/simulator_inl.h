#pragma once

/// The straight way of a request, for the loop and for whoever joins it halfway.
#include "engine/sim/calls_inl.h"
#include "engine/sim/execution_inl.h"
#include "engine/sim/foresight_inl.h"
#include "engine/sim/simulator.h"
#include "engine/sim/transport_inl.h"
