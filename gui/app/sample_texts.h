#pragma once

/// Files of `scenarios/`, as parts of the program (.cmake/embed.cmake).
namespace shaketable::gui::samples {

extern const char* const kRetryStorm;
extern const char* const kOnlineBoutique;
extern const char* const kBookinfoCanary;
extern const char* const kBookinfo;
extern const char* const kReviewsCanary;
extern const char* const kErpCascade;
extern const char* const kErpShop;
extern const char* const kZoneLoss;
extern const char* const kZoneLossMesh;

}  // namespace shaketable::gui::samples
