using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <summary>Takes in what the event says about consent, then decides what the event itself may be used for, and notes why.</summary>
internal sealed class ConsentGateStage(
    ConsentStore store, ConsentLedger ledger, JurisdictionDirectory jurisdictions, StringStatements strings) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        Record(trackedEvent);
        Decide(trackedEvent);
    }

    /// <summary>What it said about consent has been taken in; what has been said since counts as well.</summary>
    public void Resume(TrackedEvent trackedEvent) => Decide(trackedEvent);

    public void Merge(int fromProfileId, int intoProfileId) => store.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId)
    {
        store.Forget(profileId);
        ledger.Forget(profileId);
    }

    public void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        store.BeginRebuild(profileIds);
        foreach (var profileId in profileIds)
        {
            ledger.Forget(profileId);
        }
    }

    public void EndRebuild() => store.EndRebuild();

    private void Decide(TrackedEvent trackedEvent)
    {
        var profile = trackedEvent.ProfileId;
        var at = trackedEvent.TimestampMs;
        var mayProfile = store.May(profile, Purposes.Profile, at);
        trackedEvent.MayProfile = mayProfile.IsAllowed;
        trackedEvent.GateReason = mayProfile.Reason;
        trackedEvent.MayTrain = mayProfile.IsAllowed && store.May(profile, Purposes.Train, at).IsAllowed;
        trackedEvent.MayMeasure = store.May(profile, Purposes.Measure, at).IsAllowed;
        trackedEvent.MayActivate = store.May(profile, Purposes.Activate, at).IsAllowed;
    }

    private void Record(TrackedEvent trackedEvent)
    {
        var place = jurisdictions.Of(trackedEvent);
        var said = StatementReader.Read(trackedEvent, place);
        if (said.Signal.Stated != 0 || said.HasGpc || said.NonProfiling != ConsentDetails.Choice.Unsaid || said.IsExplicit)
        {
            RecordStatement(trackedEvent, said);
        }
        else if (place is not null && place != (store.Own(trackedEvent.ProfileId)?.Jurisdiction ?? jurisdictions.Default))
        {
            store.Record(trackedEvent.ProfileId, said);
        }

        if (StringStatements.HashOf(trackedEvent) is var hash and not 0 && hash != store.Own(trackedEvent.ProfileId)?.StringsHash)
        {
            RecordStrings(trackedEvent, said, hash);
        }
    }

    private void RecordStrings(TrackedEvent trackedEvent, in Statement own, ulong hash)
    {
        var (tc, gpp) = strings.Read(trackedEvent, own);
        RecordString(trackedEvent, tc);
        RecordString(trackedEvent, gpp);
        if (store.Own(trackedEvent.ProfileId) is { } state)
        {
            state.StringsHash = hash;
        }
    }

    private void RecordString(TrackedEvent trackedEvent, in Statement said)
    {
        if (said.Signal.Stated != 0 && store.Record(trackedEvent.ProfileId, said))
        {
            ledger.Add(trackedEvent.ProfileId, StatementReader.EntryOf(trackedEvent, said));
        }
    }

    /// <summary>
    /// Clients repeat the consent they have with each event: only what changes what is allowed is kept in the ledger, and what the shopper
    /// said in so many words and not the same as last time.
    /// </summary>
    private void RecordStatement(TrackedEvent trackedEvent, in Statement said)
    {
        var isChange = store.Record(trackedEvent.ProfileId, said);
        if (said.IsExplicit)
        {
            var hash = StatementReader.HashOf(trackedEvent);
            var state = store.Own(trackedEvent.ProfileId)!;
            isChange |= state.StatementHash != hash;
            state.StatementHash = hash;
        }

        if (isChange)
        {
            ledger.Add(trackedEvent.ProfileId, StatementReader.EntryOf(trackedEvent, said));
        }
    }
}
