#pragma once

/// Texts that the build puts into the program; see CMakeLists.txt, shaketable_embed().
namespace shaketable::reports::assets {

extern const char* const kStyle;         ///< report.css
extern const char* const kCore;          ///< core.js
extern const char* const kCharts;        ///< charts.js
extern const char* const kReplay;        ///< replay.js
extern const char* const kTables;        ///< tables.js
extern const char* const kChartStyle;    ///< vendor/uPlot.min.css
extern const char* const kChartScript;   ///< vendor/uPlot.iife.min.js
extern const char* const kChartLicence;  ///< vendor/LICENSE.uPlot

}  // namespace shaketable::reports::assets
