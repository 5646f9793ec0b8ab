using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <inheritdoc cref="IPastConsent"/>
internal sealed class PastConsent(ConsentLedger ledger, JurisdictionDirectory jurisdictions, IPersonDirectory people, IProfileDirectory profiles) : IPastConsent
{
    private static readonly ConsentState Silent = new();

    /// <summary>Statements of a profile that are looked at; of whoever made more it is not known what counted when.</summary>
    private const int MaxStatements = 4_096;

    public IConsentWalk Begin() => new Walk(this);

    private int PersonOf(int profileId) => profiles.Canonical(profileId);

    /// <summary>The person's consent; <paramref name="isKnown"/> is false where there is too much of it. Null when nothing was ever said.</summary>
    private PersonThen? Read(int person, out bool isKnown)
    {
        var group = people.GroupOf(person);
        var speakers = group.Where(profile => ledger.CountOf(profile) > 0).ToList();
        isKnown = speakers.TrueForAll(profile => ledger.CountOf(profile) <= MaxStatements);
        if (speakers.Count == 0 || !isKnown)
        {
            return null;
        }

        var said = speakers.SelectMany(profile => ledger.Newest([profile], long.MaxValue, MaxStatements).Select(entry => (profile, entry)));
        return new PersonThen([.. said.OrderBy(row => row.entry.Offset).ThenBy(row => row.entry.Form)], group.Count > 1 ? people.MergesWithin(group) : []);
    }

    /// <summary>Of whoever has said nothing the place decides; where they were is known only of an event that says so, or where all places agree.</summary>
    private Jurisdiction PlaceOf(TrackedEvent trackedEvent, Purposes purpose) =>
        (trackedEvent.IsHistorical ? null : jurisdictions.Of(trackedEvent))
        ?? jurisdictions.Names.Select(jurisdictions.Named).OfType<Jurisdiction>().FirstOrDefault(place => !place.May(purpose).IsAllowed)
        ?? jurisdictions.Default;

    private sealed class Walk(PastConsent past) : IConsentWalk
    {
        private readonly Dictionary<int, (PersonThen? Then, bool IsKnown)> _people = [];

        public bool Allowed(TrackedEvent trackedEvent, int homeProfileId, Purposes purpose)
        {
            var person = past.PersonOf(homeProfileId);
            if (!_people.TryGetValue(person, out var known))
            {
                _people[person] = known = (past.Read(person, out var isKnown), isKnown);
            }

            var state = known.Then?.At(homeProfileId, trackedEvent.Offset) ?? Silent;
            return known.IsKnown && state.May(purpose, trackedEvent.TimestampMs, past.PlaceOf(trackedEvent, purpose)).IsAllowed;
        }
    }
}
