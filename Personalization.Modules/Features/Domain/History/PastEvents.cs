using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>The histories as other modules see them.</summary>
internal sealed class PastEvents(IProfileHistory history, IEventNames names, IKeptProperties kept) : IPastEvents
{
    public int ProfileCount => history.ProfileCount;

    public int FindEvent(ReadOnlySpan<char> name) => names.Find(name);

    public int FindProperty(ReadOnlySpan<char> path) => kept.Find(path);

    public IPastEventsOf CreateReader() => new Reader(history);

    private sealed class Reader(IProfileHistory history) : IPastEventsOf
    {
        private readonly ProfileFacts _facts = new();
        private PastEvent[] _events = [];

        public ReadOnlySpan<PastEvent> Events => _events.AsSpan(0, _facts.Events.Length);

        public long IncompleteUntilMs => _facts.IncompleteUntilMs;

        public bool TryRead(int profileId)
        {
            var isThere = history.TryRead(profileId, _facts);
            var facts = _facts.Events;
            if (_events.Length < facts.Length)
            {
                _events = new PastEvent[facts.Length * 2];
            }

            for (var i = 0; i < facts.Length; i++)
            {
                _events[i] = new PastEvent(facts[i].Event, facts[i].TimeMs, facts[i].Revenue, facts[i].Session);
            }

            return isThere;
        }

        public ReadOnlySpan<byte> TextOf(int index, int property)
        {
            var value = ValueOf(index, property);
            return value.Kind == ScalarKind.Text ? value.TextIn(_facts.Text) : default;
        }

        public double NumberOf(int index, int property)
        {
            var value = ValueOf(index, property);
            return value.Kind == ScalarKind.Number ? value.AsNumber : double.NaN;
        }

        private Scalar ValueOf(int index, int property) => _facts.ValueOf(in _facts.Events[index], property);
    }
}
