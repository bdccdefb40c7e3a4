package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// asks runs a line of plumbline in this process, with in on standard input.
func asks(ctx context.Context, in, line string, more ...string) (code int, out, errs string) {
	return plumb(ctx, strings.NewReader(in), append(strings.Fields(line), more...)...)
}

// dig follows a path of keys and places through JSON.
func dig(t *testing.T, v any, path string) any {
	t.Helper()
	for key := range strings.SplitSeq(path, "/") {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[key]; !ok {
				t.Fatalf("no %q of %s; there is %v", key, path, slices.Sorted(maps.Keys(x)))
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				t.Fatalf("no place %q of %s", key, path)
			}
			v = x[i]
		default:
			t.Fatalf("%s ends before %q", path, key)
		}
	}
	return v
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// How near the numbers are to those of the reference programs. closed forms
// agree nearly to the last digit. fitted ones stop at R's tolerance, and rough
// ones are standard errors that R takes from the step before the last.
const (
	closed = 1e-9
	fitted = 1e-6
	rough  = 3e-4
	drawn  = 0.04 // by another generator
)

// goldens are the verbs as a stranger would use them on the data of the
// reference programs. Each line of same is: our path = path in the reference,
// tolerance.
var goldens = []struct {
	ask, reference string
	same           []string
}{
	{"capture ../../estimate/capture/testdata/mse/UKdat_5.csv --method main", "capture/testdata/mse/UKdat_5.json", []string{
		"observed = observed_total closed", "estimate = main_effects/estimate/point est. fitted", "lower = main_effects/estimate/2.5% rough", "upper = main_effects/estimate/97.5% rough",
		"deviance = main_effects/deviance fitted", "df = main_effects/df_residual closed", "aic = main_effects/aic_adjusted fitted", "coefficients/(intercept) = main_effects/coefficients/(Intercept) fitted", "se/GP = main_effects/se/GP rough"}},
	{"capture ../../estimate/capture/testdata/mse/UKdat_5.csv --bootstrap 0", "capture/testdata/mse/UKdat_5.json", []string{
		"estimate = stepwise/0.02/estimate/point est. fitted", "lower = stepwise/0.02/estimate/2.5% rough", "coefficients/LA:NG = stepwise/0.02/coefficients/LA:NG fitted"}},
	{"capture ../../estimate/capture/testdata/mse/UKdat_5.csv --replicates ../../estimate/capture/testdata/mse/UKdat_5.bootcounts.csv", "capture/testdata/mse/UKdat_5.json", []string{
		"estimate = bootstrap_stepwise_0.02/popest fitted", "lower = bootstrap_stepwise_0.02/BCaquantiles/0.025 fitted", "upper = bootstrap_stepwise_0.02/BCaquantiles/0.975 fitted",
		"acceleration = bootstrap_stepwise_0.02/ahat fitted", "quantiles/0.1 = bootstrap_stepwise_0.02/BCaquantiles/0.1 fitted"}},
	{"capture ../../estimate/capture/testdata/mse/Kosovo.csv --method pairs", "capture/testdata/mse/Kosovo.json", []string{"estimate = all_two_list_effects/estimate/point est. fitted", "upper = all_two_list_effects/estimate/97.5% rough"}},
	{"capture ../../estimate/capture/testdata/mse/Ned.csv --threshold 0.05 --bootstrap 0", "capture/testdata/mse/Ned.json", []string{"estimate = stepwise/0.05/estimate/point est. fitted"}},
	{"capture ../../estimate/capture/testdata/mse/UKdat.csv --replicates ../../estimate/capture/testdata/mse/UKdat.bootcounts.csv", "capture/testdata/mse/UKdat.json", []string{"lower = bootstrap_stepwise_0.02/BCaquantiles/0.025 fitted"}},
	{"capture ../../estimate/capture/testdata/mse/UKdat_4.csv --method main --replicates ../../estimate/capture/testdata/mse/UKdat_4.bootcounts.csv", "capture/testdata/mse/UKdat_4.json", []string{"upper = bootstrap_main_effects/BCaquantiles/0.975 fitted"}},
	{"capture ../../estimate/capture/testdata/mse/Kosovo.csv --method hierarchical --order 2 --bootstrap 0", "capture/testdata/mse/Kosovo.other.json", []string{"estimate = MultipleSystemsEstimation/bic/popest fitted", "bic = MultipleSystemsEstimation/bic/BIC fitted"}},

	{"capture ../../estimate/capture/testdata/mse/UKdat_5.csv --method decomposable", "capture/testdata/mse/UKdat_5.bayes.json", []string{
		"estimate = dga_delta_2pow_minus_p/mean closed", "lower = dga_delta_2pow_minus_p/quantiles_smallest_N_with_cdf_ge/2.5% closed", "median = dga_delta_2pow_minus_p/quantiles_smallest_N_with_cdf_ge/50% closed",
		"upper = dga_delta_2pow_minus_p/quantiles_smallest_N_with_cdf_ge/97.5% closed", "models/0/posterior = dga_delta_2pow_minus_p/top_models/0/posterior closed"}},
	{"capture ../../estimate/capture/testdata/mse/Kosovo.csv --method decomposable --prior 0.5", "capture/testdata/mse/Kosovo.bayes.json", []string{"estimate = dga_delta_half/mean closed"}},
	{"capture ../../estimate/capture/testdata/mse/UKdat_4.csv --method decomposable --most 20 --grid-step 2", "capture/testdata/mse/UKdat_4.bayes.json", []string{"estimate = dga_grid_doubled/mean closed"}},
	{"capture ../../estimate/capture/testdata/mse/Kosovo.csv --replicates ../../estimate/capture/testdata/mse/Kosovo.bootcounts.csv", "capture/testdata/mse/Kosovo.json", []string{
		"lower = bootstrap_stepwise_0.02/BCaquantiles/0.025 fitted", "upper = bootstrap_stepwise_0.02/BCaquantiles/0.975 fitted"}},
	{"capture ../../estimate/capture/testdata/mse/Ned.csv --replicates ../../estimate/capture/testdata/mse/Ned.bootcounts.csv", "capture/testdata/mse/Ned.json", []string{"lower = bootstrap_stepwise_0.02/BCaquantiles/0.025 fitted"}},

	{"survey ../../estimate/survey/testdata/apistrat.csv --y api00 --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{
		"results/0/estimate = svymean_api00/mean/api00 closed", "results/0/se = svymean_api00/se closed", "results/0/deff = svymean_api00/deff closed", "degf = svymean_api00/degf closed",
		"results/0/lower = svymean_api00/ci95_t/0/0 closed", "results/0/upper = svymean_api00/ci95_t/0/1 closed"}},
	{"survey ../../estimate/survey/testdata/apistrat.csv --y enroll --stat total --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{"results/0/se = svytotal_enroll/se closed"}},
	{"survey ../../estimate/survey/testdata/apistrat.csv --ratio api.stu/enroll --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{"results/0/estimate = svyratio_apistu_enroll/ratio closed", "results/0/se = svyratio_apistu_enroll/se closed"}},
	{"survey ../../estimate/survey/testdata/apistrat.csv --y api00 --where stype==E --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{"estimate = subpopulation_stype_E_mean_api00/mean closed", "results/0/se = subpopulation_stype_E_mean_api00/se closed"}},
	{"survey ../../estimate/survey/testdata/apistrat.csv --y sch.wide --with stype --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{"f = svychisq_schwide_stype_F/F fitted", "p = svychisq_schwide_stype_F/p fitted"}},
	{"survey ../../estimate/survey/testdata/apiclus1.csv --y api00 --weights pw --cluster dnum --fpc fpc", "survey/testdata/apiclus1.json", []string{
		"estimate = svymean_api00/mean/api00 closed", "results/0/se = svymean_api00/se closed", "results/0/deff = svymean_api00/deff closed", "lower = svymean_api00/ci95_t/0/0 closed"}},
	{"survey ../../estimate/survey/testdata/tls_sim_a.csv --y minor --interval logit --where wave==baseline --weights w --strata strat2 --cluster venue --nest", "survey/testdata/tls_sim_a.json", []string{
		"estimate = baseline/mean/minor closed", "results/0/se = baseline/se closed", "results/0/deff = baseline/deff closed", "degf = baseline/degf closed",
		"lower = baseline/ciprop/0.95/logit/ci/0 fitted", "upper = baseline/ciprop/0.95/logit/ci/1 fitted"}},
	{"survey ../../estimate/survey/testdata/tls_sim_a.csv --y minor --stat proportion --interval beta --where wave==baseline --weights w --strata strat2 --cluster venue --nest", "survey/testdata/tls_sim_a.json", []string{"lower = baseline/ciprop/0.95/beta/ci/0 closed"}},
	{"survey ../../estimate/survey/testdata/apiclus1.csv --y api00 --weights pw --cluster dnum --fpc fpc --replicates jk1", "survey/testdata/apiclus1.json", []string{"results/0/se = replicate_weights/JKn_or_JK1/se/0 closed"}},
	{"survey ../../estimate/survey/testdata/apistrat.csv --quantile api00:0.5 --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{
		"estimate = svyquantile_api00/1/quantile closed", "lower = svyquantile_api00/1/ci.2.5 closed", "results/0/se = svyquantile_api00/1/se closed"}},
	{"survey ../../estimate/survey/testdata/apistrat.csv --y sch.wide==Yes --x ell,meals --family logit --weights pw --strata stype --fpc fpc", "survey/testdata/apistrat.json", []string{
		"coefficients/ell = svyglm_logit_schwide_on_ell_meals/coef/ell fitted", "se/meals = svyglm_logit_schwide_on_ell_meals/se/meals fitted"}},
	{"change ../../estimate/survey/testdata/tls_sim_a.csv --wave wave --from baseline --to endline --y minor --weights w --strata strat2 --cluster venue --nest", "survey/testdata/tls_sim_a.json", []string{
		"difference/estimate = difference_endline_minus_baseline/est closed", "difference/se = difference_endline_minus_baseline/se closed", "ratio/estimate = ratio_endline_over_baseline/est closed", "degf = degf_whole_design closed"}},
	{"change --from-count 82/1005 --to-count 24/1091 --deff 1", "survey/testdata/two_wave.json", []string{
		"from/lower = 0/wilson1/0 closed", "to/upper = 0/wilson2/1 closed", "difference/lower = 0/difference_newcombe/0 closed", "difference/upper = 0/difference_newcombe/1 closed",
		"ratio/estimate = 0/ratio closed", "ratio/lower = 0/ratio_log_delta/0 closed", "p = 0/z_test_pooled/p fitted"}},
	{"change --from-count 82/1005 --to-count 24/1091 --deff 2.3", "survey/testdata/two_wave.json", []string{"difference/lower = 1/difference_newcombe/0 closed", "ratio/upper = 1/ratio_log_delta/1 closed"}},

	{"series ../../estimate/series/testdata/sicily.csv --y aces --time time --event smokban --offset stdpop --family poisson", "series/testdata/sicily.json", []string{
		"coefficients/level = model1_poisson_step/coef/smokban fitted", "se/level = model1_poisson_step/se/smokban rough", "deviance = model1_poisson_step/deviance fitted", "df = model1_poisson_step/df_residual closed",
		"level_change/estimate = model1_poisson_step/rate_ratio/smokban fitted", "level_change/lower = model1_poisson_step/rr_lo95_normal/smokban rough"}},
	{"series ../../estimate/series/testdata/sicily.csv --y aces --time time --event 37 --offset stdpop --family poisson --se neweywest --lag 6", "series/testdata/sicily.json", []string{
		"coefficients/level = model1_poisson_step/coef/smokban fitted", "se/level = model1_poisson_step/NeweyWest_lag6_noprewhite_noadjust_se/smokban rough"}},
	{"series ../../estimate/series/testdata/sicily.csv --y aces --time time --event smokban --offset stdpop --family quasipoisson --harmonics 2 --period 12", "series/testdata/sicily.json", []string{
		"dispersion = model3_quasipoisson_step_harmonic2/dispersion rough", "level_change/estimate = model3_quasipoisson_step_harmonic2/rate_ratio/smokban fitted", "level_change/upper = model3_quasipoisson_step_harmonic2/rr_hi95_normal/smokban rough"}},
	{"series ../../estimate/series/testdata/sicily.csv --y aces --time time --event smokban --offset stdpop --family quasipoisson --harmonics 2 --slope", "series/testdata/sicily.json", []string{
		"dispersion = model4_quasipoisson_step_slope_harmonic2/dispersion rough", "counterfactual/at_end/estimate = counterfactual_model4/ratio fitted", "counterfactual/expected_total = counterfactual_model4/expected_without_ban_total_post fitted"}},
	{"series ../../estimate/series/testdata/sicily.csv --y aces --time time --event smokban --offset stdpop --family negbin --harmonics 2", "series/testdata/sicily.json", []string{"theta = model5_negbin_step_harmonic2/theta rough", "dispersion = model5_negbin_step_harmonic2/dispersion closed"}},
	{"series ../../estimate/series/testdata/clinic_sim_a.csv --y attendance --time week --event op_window --event new_station --covariates weeks_since_station --offset staff --family negbin --harmonics 1 --period 52", "series/testdata/clinic_sim_a.json", []string{
		"coefficients/level1 = negbin/coef/op_window fitted", "coefficients/sin1 = negbin/coef/s1 fitted", "theta = negbin/theta rough"}},

	{"survival ../../estimate/survival/testdata/lung.csv --time time --event status --event-value 2", "survival/testdata/lung.json", []string{
		"groups/0/median/estimate = km_all/log-log/quantiles_25_50_75/quantile/50 closed", "groups/0/median/lower = km_all/log-log/quantiles_25_50_75/lower/50 closed", "groups/0/median/upper = km_all/log-log/quantiles_25_50_75/upper/50 closed"}},
	{"survival ../../estimate/survival/testdata/lung.csv --time time --event status --event-value 2 --by sex --cox age,sex,ph.ecog", "survival/testdata/lung.json", []string{
		"logrank/chisq = logrank_sex/chisq fitted", "logrank/p = logrank_sex/p fitted", "cox/coefficients/age = cox_efron/coef/age fitted", "cox/se/sex = cox_efron/se/sex fitted", "cox/loglik/1 = cox_efron/loglik/1 fitted"}},
	{"survival ../../estimate/survival/testdata/lung.csv --time time --event status --event-value 2 --cox age,sex,ph.ecog --ties breslow", "survival/testdata/lung.json", []string{"cox/coefficients/ph.ecog = cox_breslow/coef/ph.ecog fitted"}},
	{"survival ../../estimate/survival/testdata/pbc.csv --time time --event status --competing --event-value 2 --cox trt,age,bili", "survival/testdata/pbc.json", []string{
		"cox/coefficients/bili = cox_cause_specific_death/coef/bili fitted", "cox/se/age = cox_cause_specific_death/se/age fitted"}},

	{"respondent ../../estimate/respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y X --population 1000", "respondent/testdata/faux.json", []string{
		"groups/0/estimate = X/RDS_II/0/estimate closed", "groups/0/se = X/RDS_II/0/se closed", "groups/1/estimate = X/RDS_II/1/estimate closed", "homophily = X/homophily closed", "mean_degree = harmonic_mean_degree closed"}},
	{"respondent ../../estimate/respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y X --method rds1 --population 1000", "respondent/testdata/faux.json", []string{
		"groups/0/estimate = X/RDS_I/0/estimate closed", "groups/0/se = X/RDS_I/0/se closed"}},
	{"respondent ../../estimate/respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y X --method ss --population 1000", "respondent/testdata/faux.json", []string{
		"groups/0/estimate = X/Gile_SS_seed1/0/estimate drawn", "groups/0/se = X/Gile_SS_seed1/0/se drawn"}},
}

// TestEstimateGoldens holds the verbs to the reference programs, and prints the
// largest relative difference of each quantity.
func TestEstimateGoldens(t *testing.T) {
	worst := map[string]float64{}
	tolerances := map[string]float64{"closed": closed, "fitted": fitted, "rough": rough, "drawn": drawn}
	for _, g := range goldens {
		t.Run(g.ask, func(t *testing.T) {
			code, out, errs := asks(t.Context(), "", "estimate "+g.ask+" --json")
			if code != exitYes || errs != "" {
				t.Fatalf("exit %d: %s", code, errs)
			}
			got := decode(t, []byte(out))
			for _, key := range []string{"method", "version", "level", "warnings"} {
				dig(t, got, key)
			}
			data, err := os.ReadFile(filepath.Join("..", "..", "estimate", g.reference))
			if err != nil {
				t.Fatal(err)
			}
			reference := dig(t, decode(t, data), "results")
			for _, line := range g.same {
				ours, rest, _ := strings.Cut(line, " = ")
				space := strings.LastIndexByte(rest, ' ')
				theirs, tolerance := rest[:space], tolerances[rest[space+1:]]
				a, b := dig(t, got, ours), dig(t, reference, theirs)
				x, okx := a.(float64)
				y, oky := b.(float64)
				if !okx || !oky {
					t.Errorf("%s is %v; the reference has %v", ours, a, b)
					continue
				}
				d := math.Abs(x-y) / math.Max(math.Abs(y), 1e-12)
				verb, _, _ := strings.Cut(g.ask, " ")
				worst[verb+" "+ours] = math.Max(worst[verb+" "+ours], d)
				if !(d <= tolerance) {
					t.Errorf("%s is %.12g, and the reference has %.12g: off by %.1e, more than %.0e", ours, x, y, d, tolerance)
				}
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(worst)) {
		t.Logf("largest relative difference: %-60s %.1e", name, worst[name])
	}
}

const lists = "A,B,C,count\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n1,0,1,4\n0,1,1,5\n1,1,1,2\n"

// TestEstimateBadInput holds that every mistake is one line that names where it
// is and what is wanted, with exit 2 and nothing on standard output.
func TestEstimateBadInput(t *testing.T) {
	const (
		sample = "y,w,s,c\n1,10,a,1\n0,10,a,2\n1,20,b,3\n0,20,b,4\n"
		months = "y,t,e,n\n5,1,0,9\n6,2,0,9\n7,3,0,9\n4,4,1,9\n3,5,1,9\n3,6,1,9\n"
		lives  = "t,e,g,x\n3,1,a,1\n5,0,a,2\n2,1,b,1\n8,1,b,3\n"
		people = "id,by,d,y\n1,,3,1\n2,1,4,0\n3,1,2,1\n4,2,5,0\n"
		rds    = "estimate respondent - --id id --recruiter by --degree d --y y"
	)
	replace := func(s, old, new string) string { return strings.Replace(s, old, new, 1) }
	for _, c := range []struct {
		name, ask, in string
		want          []string
	}{
		{"no file", "estimate capture", "", []string{"wants 1 argument, and got 0"}},
		{"two files", "estimate capture a.csv b.csv", "", []string{"got 2"}},
		{"missing file", "estimate capture nowhere.csv", "", []string{"nowhere.csv: no such file"}},
		{"folder", "estimate capture .", "", []string{".: this is a folder; want a CSV file"}},
		{"empty", "estimate capture -", "", []string{"standard input: the file is empty"}},
		{"unknown flag", "estimate capture - --pull", lists, []string{"there is no flag --pull"}},
		{"unknown verb", "estimate guess -", lists, []string{`there is no command "estimate guess"`}},
		{"unknown method", "estimate capture - --method magic", lists, []string{"--method", "magic", "want stepwise"}},
		{"level", "estimate capture - --level 95", lists, []string{"--level", "95", "0.95"}},
		{"threshold in words", "estimate capture - --threshold low", lists, []string{"threshold"}},
		{"fixed without pairs", "estimate capture - --method fixed", lists, []string{"--pairs", "want pairs of lists"}},
		{"pairs of strangers", "estimate capture - --method fixed --pairs A:Z", lists, []string{"--pairs", `"A:Z"`, "A, B, C"}},
		{"order for another method", "estimate capture - --order 3", lists, []string{"--order", "stepwise", "want --method hierarchical"}},
		{"prior of none", "estimate capture - --method decomposable --prior 0", lists, []string{"--prior", "above"}},
		{"one chain", "estimate capture - --method latent --chains 1", lists, []string{"--chains", "2 to 64"}},
		{"half a pair", "estimate capture - --method fixed --pairs A", lists, []string{"--pairs", `"A"`}},
		{"not a count", "estimate capture -", replace(lists, ",30\n", ",thirty\n"), []string{"row 3", `column "count"`, "thirty"}},
		{"half a person", "estimate capture -", replace(lists, ",30\n", ",30.5\n"), []string{"row 3", `column "count"`, "30.5", "whole"}},
		{"fewer than none", "estimate capture -", replace(lists, ",30\n", ",-3\n"), []string{"row 3", `column "count"`}},
		{"neither 0 nor 1", "estimate capture -", replace(lists, "0,1,0,30", "0,2,0,30"), []string{"row 3", `column "B"`, "2 is neither 0 nor 1"}},
		{"history twice", "estimate capture -", lists + "1,1,1,3\n", []string{"row 9", "same history as row 8"}},
		{"one list", "estimate capture -", "A,count\n1,4\n", []string{"the number of lists is 1", "2 to 10"}},
		{"row too short", "estimate capture -", lists + "1,1\n", []string{"row 9", "2 fields"}},
		{"no such count", "estimate capture - --count people", lists, []string{`column "people"`}},
		{"counts by another name", "estimate capture -", strings.Replace(lists, "count", "n", 1), []string{"row 2", `column "n"`, "40 is neither 0 nor 1"}},
		{"replicates of another file", "estimate capture - --replicates ../../estimate/capture/testdata/mse/Kosovo.bootcounts.csv", lists, []string{"Kosovo.bootcounts.csv", "columns", "want 7"}},
		{"picture nowhere", "estimate capture - --plot nowhere/a.svg", lists, []string{"--plot", "no folder nowhere"}},
		{"picture on a folder", "estimate capture - --plot .", lists, []string{"--plot", "is a folder"}},

		{"survey of nothing", "estimate survey -", sample, []string{"--y"}},
		{"no such column", "estimate survey - --y age", sample, []string{"standard input", `column "age"`, "no such column"}},
		{"words for a mean", "estimate survey - --y s", sample, []string{"row 2", `column "s"`, `"a" is not a number`}},
		{"negative weight", "estimate survey - --y y --weights w", replace(sample, "0,10,a", "0,-1,a"), []string{"row 3", `column "w"`, "-1"}},
		{"missing weight", "estimate survey - --y y --weights w", replace(sample, "0,10,a", "0,NA,a"), []string{"row 3", `column "w"`}},
		{"cluster in two strata", "estimate survey - --y y --weights w --strata s --cluster c", replace(sample, "20,b,3", "20,b,1"), []string{"row 4", `column "c"`, "--nest"}},
		{"lonely cluster", "estimate survey - --y y --strata s --cluster s --lonely fail", sample, []string{"stratum"}},
		{"ratio in words", "estimate survey - --ratio y", sample, []string{"--ratio", "NUM/DEN"}},
		{"quantile above all", "estimate survey - --quantile y:2", sample, []string{"--quantile", "between 0 and 1"}},
		{"design effect of none", "estimate survey - --y y --deff 0", sample, []string{"--deff", "above"}},
		{"samples without replicates", "estimate survey - --y y --bootstrap 50", sample, []string{"--bootstrap", "--replicates bootstrap"}},
		{"broken comparison", "estimate survey - --y y>", sample, []string{"--y", "ends too early"}},
		{"interval of fancy", "estimate survey - --y y --stat proportion --interval nice", sample, []string{"--interval", "nice"}},
		{"where in prose", "estimate survey - --y y --where", sample, []string{"--where wants a value"}},
		{"margins without totals", "estimate survey - --y y --margins ../../estimate/survey/testdata/apistrat.csv", sample, []string{"apistrat.csv", `column "variable"`}},
		{"change of nothing", "estimate change", "", []string{"--wave", "--from-count"}},
		{"change without wave", "estimate change - --y y", sample, []string{"--wave"}},
		{"change to a stranger", "estimate change - --y y --wave s --from a --to z", sample, []string{`column "s"`, `no round "z"`}},
		{"count beyond the sample", "estimate change --from-count 82/10 --to-count 1/10", "", []string{"--from-count", "82 of 10"}},
		{"one count", "estimate change --from-count 2/10", "", []string{"--to-count", "CASES/N"}},
		{"counts and a file", "estimate change - --from-count 2/10 --to-count 1/10", sample, []string{"one or the other"}},
		{"counts and a wave", "estimate change --wave s --from-count 2/10 --to-count 1/10", "", []string{"--wave"}},

		{"series without event", "estimate series - --y y --time t", months, []string{"--event", "column of 0 and 1"}},
		{"event outside", "estimate series - --y y --time t --event 40", months, []string{`column "t"`, "outside the series", "from 1 to 6"}},
		{"gap", "estimate series - --y y --time t --event e", replace(months, "3,5,1,9\n", ""), []string{"row 6", `column "t"`, "not zero"}},
		{"time twice", "estimate series - --y y --time t --event e", replace(months, "7,3,", "7,2,"), []string{`column "t"`, "twice"}},
		{"broken counts", "estimate series - --y y --time t --event e --family poisson", replace(months, "6,2,", "6.5,2,"), []string{"row 3", `column "y"`, "6.5"}},
		{"no exposure", "estimate series - --y y --time t --event e --family poisson --offset n", replace(months, "6,2,0,9", "6,2,0,0"), []string{"row 3", `column "n"`}},
		{"event of fancy", "estimate series - --y y --time t --event e", replace(months, "4,4,1", "4,4,2"), []string{"row 5", `column "e"`, "0 or 1"}},
		{"lag without Newey-West", "estimate series - --y y --time t --event e --lag 3", months, []string{"--lag", "neweywest"}},
		{"negative lag", "estimate series - --y y --time t --event e --se neweywest --lag -3", months, []string{"lag", "0 or more"}},
		{"short series", "estimate series - --y y --time t --event e --harmonics 3", months, []string{`column "y"`, "6 points for"}},

		{"survival without event", "estimate survival - --time t", lives, []string{"--event"}},
		{"nobody had it", "estimate survival - --time t --event e --event-value 7", lives, []string{`column "e"`, "censored"}},
		{"a third end", "estimate survival - --time t --event e", replace(lives, "8,1,", "8,2,"), []string{"row 5", `column "e"`, "--competing"}},
		{"time before the beginning", "estimate survival - --time t --event e", replace(lives, "8,1,", "-8,1,"), []string{"row 5", `column "t"`, "-8"}},
		{"cause without regression", "estimate survival - --time t --event e --competing --event-value 1", lives, []string{"--event-value", "--cox"}},
		{"regression without a cause", "estimate survival - --time t --event e --competing --cox x", lives, []string{"--event-value", "CAUSE"}},
		{"ties without regression", "estimate survival - --time t --event e --ties efron", lives, []string{"--ties", "--cox"}},

		{"respondent without id", "estimate respondent - --recruiter by --degree d --y y", people, []string{"--id"}},
		{"recruiter unknown", rds, replace(people, "4,2,", "4,9,"), []string{"row 5", `column "by"`, `"9"`}},
		{"id twice", rds, replace(people, "4,2,", "3,2,"), []string{"row 5", `column "id"`, "row 4"}},
		{"circle", rds, replace(people, "2,1,4", "2,4,4"), []string{`column "by"`, "circle"}},
		{"knows nobody", rds, replace(people, "4,2,5", "4,2,0"), []string{"row 5", `column "d"`}},
		{"ss without population", rds + " --method ss", people, []string{"--population"}},
		{"population below the sample", rds + " --population 2", people, []string{"--population", "4 respondents"}},
		{"population of none", rds + " --population 0", people, []string{"--population"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := asks(t.Context(), c.in, c.ask)
			first, rest, _ := strings.Cut(errs, "\n")
			if code != exitFailed || out != "" || !strings.HasPrefix(first, "plumbline: error: ") {
				t.Fatalf("%s: exit %d, said %q and %q; want exit 2 and an error", c.ask, code, out, errs)
			}
			if rest != "" && !(strings.HasPrefix(rest, "plumbline: hint: ") && strings.Count(rest, "\n") == 1) {
				t.Errorf("%s: more than a line and a hint: %q", c.ask, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(first, want) {
					t.Errorf("%s: %q does not say %q", c.ask, first, want)
				}
			}
		})
	}
}

// TestEstimateNo holds that data which do not determine a number are answered
// with null and exit 1, and rounds that differ with the reason and exit 1.
func TestEstimateNo(t *testing.T) {
	none := "A,B,C,count\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n"
	code, out, errs := asks(t.Context(), none, "estimate capture - --method fixed --pairs A:B --json")
	if code != exitNo || errs != "" {
		t.Fatalf("exit %d, %s", code, errs)
	}
	v := decode(t, []byte(out))
	if got := dig(t, v, "estimate"); got != nil {
		t.Errorf("the estimate is %v, want null", got)
	}
	if got := dig(t, v, "exists"); got != false {
		t.Errorf("exists is %v, want false", got)
	}
	if _, _, errs := asks(t.Context(), strings.Replace(none, "count", "n", 1), "estimate capture -"); !strings.Contains(errs, "plumbline: hint: if n says how many people had each history, add --count n\n") {
		t.Errorf("counts by another name: %s", errs)
	}
	if code, out, _ := asks(t.Context(), none, "estimate capture - --method fixed --pairs A:B"); code != exitNo || !strings.Contains(out, "cannot be estimated") {
		t.Errorf("in words: exit %d, %s", code, out)
	}

	line := "estimate change --from-count 82/1005 --to-count 24/1091 --deff 2 --from-places Cebu --to-places Manila"
	code, out, errs = asks(t.Context(), "", line)
	if code != exitNo || out != "" || !strings.Contains(errs, `places "Cebu" against "Manila"`) {
		t.Errorf("rounds of two cities: exit %d, said %q and %q; want exit 1 and the reason", code, out, errs)
	}
	code, out, errs = asks(t.Context(), "", line+" --allow-different --json")
	if code != exitYes || errs != "" || !strings.Contains(out, `"rounds-differ"`) {
		t.Errorf("compared all the same: exit %d, said %q and %q; want a warning", code, out, errs)
	}
}

// slow is a file on which nothing comes.
type slow struct{ ctx context.Context }

func (s slow) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, io.EOF
}

// TestEstimateInterrupted holds that an interrupt ends long work with exit 2,
// nothing on standard output and no picture.
func TestEstimateInterrupted(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "a.svg")
	for _, c := range []struct {
		ask string
		in  io.Reader
	}{
		{"estimate capture ../../estimate/capture/testdata/mse/UKdat.csv --method hierarchical --order 3 --json", nil},
		{"estimate capture ../../estimate/capture/testdata/mse/UKdat.csv --bootstrap 1000000", nil},
		{"estimate respondent ../../estimate/respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y X --bootstrap 1000000", nil},
		{"estimate survey ../../estimate/survey/testdata/apistrat.csv --y api00 --weights pw --replicates bootstrap --bootstrap 1000000", nil},
		{"estimate capture -", slow{t.Context()}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		begun := time.Now()
		code, out, errs := plumb(ctx, c.in, append(strings.Fields(c.ask), "--plot", picture)...)
		cancel()
		if want := "plumbline: error: interrupted; nothing was half done\n"; code != exitFailed || out != "" || errs != want {
			t.Errorf("%s: exit %d after %v, said %.80q and %q; want exit 2 and %q", c.ask, code, time.Since(begun), out, errs, want)
		}
		if exists(picture) {
			t.Fatalf("%s: left a picture behind", c.ask)
		}
	}
}

// TestEstimatePlots holds that every verb draws, and that a picture that is
// there already is replaced.
func TestEstimatePlots(t *testing.T) {
	dir := t.TempDir()
	for i, ask := range []string{
		"capture ../../estimate/capture/testdata/mse/Kosovo.csv",
		"capture ../../estimate/capture/testdata/mse/Kosovo.csv --method decomposable",
		"survey ../../estimate/survey/testdata/apistrat.csv --y stype --stat proportion --by both",
		"survey ../../estimate/survey/testdata/apistrat.csv --y sch.wide==Yes --x ell,meals --family logit --weights pw",
		"change --from-count 82/1005 --to-count 0/1091 --deff 2",
		"series ../../estimate/series/testdata/sicily.csv --y aces --time time --event smokban --slope",
		"survival ../../estimate/survival/testdata/pbc.csv --time time --event status --competing --by trt",
		"survival ../../estimate/survival/testdata/lung.csv --time time --event status --event-value 2 --cox age,sex",
		"respondent ../../estimate/respondent/testdata/faux.csv --id id --recruiter recruiter_id --degree degree --y Y",
	} {
		name := filepath.Join(dir, fmt.Sprint(i)+".svg")
		for range 2 {
			code, out, errs := asks(t.Context(), "", "estimate "+ask, "--plot", name)
			if code != exitYes || errs != "" || out == "" {
				t.Fatalf("%s: exit %d, %s", ask, code, errs)
			}
		}
		svg, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(svg, []byte("<desc ")) || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%s: the picture has no words or a number that is none", ask)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".plumbline*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestEstimateSame holds that the same seed gives the same output.
func TestEstimateSame(t *testing.T) {
	ask := "estimate capture ../../estimate/capture/testdata/mse/Kosovo.csv --json --seed 7"
	_, a, _ := asks(t.Context(), "", ask)
	_, b, _ := asks(t.Context(), "", ask)
	_, c, _ := asks(t.Context(), "", ask+"1")
	if a != b || a == "" {
		t.Error("the same seed gave another output")
	}
	if a == c {
		t.Error("another seed gave the same output")
	}
}
