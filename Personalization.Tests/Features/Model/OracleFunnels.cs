using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;

namespace Personalization.Tests.Features.Model;

/// <summary>Stages of funnels, by trying every choice of events.</summary>
internal static class OracleFunnels
{
    private static readonly string[] _calls = ["$identify", "$group", "$alias"];

    /// <summary>Steps of the furthest attempt that is not over.</summary>
    public static int Stage(FunnelDefinition funnel, Person person, long nowMs)
    {
        var events = Oracle.InOrder(person).Where(happened => happened.TimeMs <= nowMs && !(funnel.IsStrict && _calls.Contains(happened.Name))).ToList();
        var product = funnel.Carry.Where(carried => carried.Source == ValueSource.Product).Select(carried => carried.Name).SingleOrDefault();
        return product is null
            ? new Search(funnel, person, nowMs, events, null, "").From([])
            : events.SelectMany(happened => happened.Lines).Select(line => Oracle.ProductOf(line, product)).OfType<string>().Distinct()
                .Select(value => new Search(funnel, person, nowMs, events, product, value).From([])).DefaultIfEmpty(0).Max();
    }

    private sealed class Search(FunnelDefinition funnel, Person person, long nowMs, List<PastEvent> events, string? product, string value)
    {
        /// <summary>How far an attempt that made these steps may come.</summary>
        public int From(List<int> steps)
        {
            var best = steps.Count > 0 && !IsOver(steps) ? steps.Count : 0;
            for (var next = steps.Count == 0 ? 0 : steps[^1] + 1; steps.Count < funnel.Steps.Length && next < events.Count; next++)
            {
                if (Follows(steps, next))
                {
                    best = Math.Max(best, From([.. steps, next]));
                }
            }

            return best;
        }

        private bool Follows(List<int> steps, int next)
        {
            var (step, happened) = (funnel.Steps[steps.Count], events[next]);
            var properties = funnel.Carry.Where(carried => carried.Source == ValueSource.Property).Select(carried => carried.Name).ToList();
            var matches = product is null
                ? Oracle.Matches(step.Pattern, happened, person, nowMs)
                : happened.Lines.Any(line => (string?)Oracle.ProductOf(line, product) == value && Oracle.Matches(step.Pattern, happened, line, person, nowMs));
            if (!matches || properties.Any(name => Oracle.PropertyOf(happened, name) is null))
            {
                return false;
            }

            return steps.Count == 0
                || (IsLess(happened.TimeMs - events[steps[^1]].TimeMs, step.WithinMs)
                    && IsLess(happened.TimeMs - events[steps[0]].TimeMs, funnel.WithinMs)
                    && (!funnel.IsStrict || next == steps[^1] + 1)
                    && properties.All(name => Equals(Oracle.PropertyOf(happened, name), Oracle.PropertyOf(events[steps[0]], name))));
        }

        private bool IsOver(List<int> steps)
        {
            var (first, last) = (events[steps[0]].TimeMs, events[steps[^1]].TimeMs);
            if (steps.Count == funnel.Steps.Length)
            {
                return funnel.CompletedForMs is { } counts ? nowMs - last >= counts : !IsLess(nowMs - first, funnel.WithinMs);
            }

            return (funnel.IsStrict && steps[^1] != events.Count - 1) || !IsLess(nowMs - first, funnel.WithinMs) || !IsLess(nowMs - last, funnel.Steps[steps.Count].WithinMs);
        }

        private static bool IsLess(long ms, long? thanMs) => thanMs is not { } most || ms < most;
    }
}
