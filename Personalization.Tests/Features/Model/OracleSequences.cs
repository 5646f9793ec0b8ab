using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>Sequences, by trying every choice of events.</summary>
internal static class OracleSequences
{
    public static bool Holds(Sequence sequence, Person person, long nowMs) => new Search(sequence, person, nowMs).Completes(step: 0, last: -1, absent: []);

    private sealed class Search(Sequence sequence, Person person, long nowMs)
    {
        private readonly IReadOnlyList<PastEvent> _events = Oracle.InOrder(person);

        /// <summary>Whether the steps from one on can be satisfied by events after the one that completed the step before.</summary>
        public bool Completes(int step, int last, ImmutableList<EventPattern> absent)
        {
            if (step == sequence.Steps.Length)
            {
                return true;
            }

            var asked = sequence.Steps[step];
            return !asked.IsAbsent ? Chooses(step, asked.Times, last, last, absent)
                : step < sequence.Steps.Length - 1 ? Completes(step + 1, last, absent.Add(asked.Pattern))
                : StaysAway(asked, last, absent);
        }

        private bool Chooses(int step, int times, int last, int before, ImmutableList<EventPattern> absent)
        {
            var asked = sequence.Steps[step];
            for (var i = last + 1; i < _events.Count; i++)
            {
                if (!Oracle.IsIn(sequence.Window, _events[i], person, nowMs)
                    || !Oracle.Matches(asked.Pattern, _events[i], person, nowMs)
                    || Between(last, i).Any(other => absent.Any(pattern => Oracle.Matches(pattern, other, person, nowMs))))
                {
                    continue;
                }

                var isLast = times == 1;
                var isInTime = !isLast || before < 0 || asked.WithinMs is not { } within || _events[i].TimeMs - _events[before].TimeMs < within;
                if (isInTime && (isLast ? Completes(step + 1, i, []) : Chooses(step, times - 1, i, before, [])))
                {
                    return true;
                }
            }

            return false;
        }

        private bool StaysAway(SequenceStep asked, int last, ImmutableList<EventPattern> absent)
        {
            // Several absences at the end are each held from the step before them on; only the last of them has a time.
            var endMs = _events[last].TimeMs + (asked.WithinMs ?? 0);
            return nowMs >= endMs
                && !_events.Skip(last + 1).Any(other =>
                    (asked.WithinMs is null || other.TimeMs <= endMs)
                    && absent.Add(asked.Pattern).Any(pattern => Oracle.Matches(pattern, other, person, nowMs)));
        }

        private IEnumerable<PastEvent> Between(int after, int before) => _events.Skip(after + 1).Take(before - after - 1);
    }
}
