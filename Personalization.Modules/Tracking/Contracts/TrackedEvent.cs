using Personalization.Kernel.Hashing;

namespace Personalization.Tracking.Contracts;

/// <summary>
/// One event on its way through the stages. Lives in an <see cref="EventBatch"/> and is reused, so nobody keeps one.
/// Texts are slices of the batch's buffer; what the stages need often is resolved to numbers once, by the sequencer.
/// </summary>
public sealed class TrackedEvent
{
    private ConsentDetails _consentDetails;

    public required EventBatch Batch { get; init; }

    public EventType Type { get; set; }

    public EventKind Kind { get; set; }

    /// <summary>The event's JSON object as received.</summary>
    public Utf8Slice Raw { get; set; }

    /// <summary>The JSON object of <c>properties</c>, or of <c>traits</c> in an identify or group call; empty when there is none.</summary>
    public Utf8Slice Payload { get; set; }

    /// <summary>The event's own JSON object of <c>context</c>, not that of its request; empty when there is none.</summary>
    public Utf8Slice Context { get; set; }

    /// <summary>The JSON object of <c>context.traits</c>, what any call may say of its shopper; empty when there is none.</summary>
    public Utf8Slice ContextTraits { get; set; }

    /// <summary>The <c>event</c> of a track call, or the <c>name</c> of a page or screen.</summary>
    public Utf8Slice Name { get; set; }

    public Utf8Slice MessageId { get; set; }

    public Utf8Slice AnonymousId { get; set; }

    public Utf8Slice UserId { get; set; }

    /// <summary>The <c>previousId</c> of an alias call.</summary>
    public Utf8Slice PreviousId { get; set; }

    /// <summary><c>context.sessionId</c>: the client's own session, which wins over inactivity.</summary>
    public Utf8Slice SessionId { get; set; }

    public Utf8Slice OrderId { get; set; }

    /// <summary><c>properties.decision_id</c>: the answer that this exposure or click belongs to.</summary>
    public Utf8Slice DecisionId { get; set; }

    public Utf8Slice Placement { get; set; }

    /// <summary>Keyed hash of (source, message id); what duplicates are recognised by. Default when there is no message id.</summary>
    public UInt128 MessageKey { get; set; }

    /// <summary>Keyed hashes of the identifiers (<see cref="KeyHasher"/>); default when absent.</summary>
    public UInt128 AnonymousKey { get; set; }

    public UInt128 UserKey { get; set; }

    public UInt128 PreviousKey { get; set; }

    public UInt128 SessionKey { get; set; }

    /// <summary>Client clock, Unix ms, as sent; <see cref="long.MinValue"/> when absent. Never used for ordering.</summary>
    public long OriginalTimestampMs { get; set; }

    /// <summary>Client clock when the request left, Unix ms; <see cref="long.MinValue"/> when absent.</summary>
    public long SentAtMs { get; set; }

    /// <summary>Our clock when the request arrived, Unix ms.</summary>
    public long ReceivedAtMs { get; set; }

    /// <summary>Event time, Unix ms: the client's time corrected by its clock's error, never after <see cref="ReceivedAtMs"/>.</summary>
    public long TimestampMs { get; set; }

    /// <summary>Purposes that <c>context.consent</c> speaks of, and those of them that it grants: bits of the Consent module.</summary>
    public ConsentSignal Consent { get; set; }

    /// <summary>What stands around that: ground, vendors, expiry, strings, place.</summary>
    public ref ConsentDetails ConsentDetails => ref _consentDetails;

    /// <summary>The event's lines in <see cref="EventBatch.Lines"/>.</summary>
    public int FirstLine { get; set; }

    public int LineCount { get; set; }

    /// <summary>The event's further identifiers in <see cref="EventBatch.Identifiers"/>.</summary>
    public int FirstIdentifier { get; set; }

    public int IdentifierCount { get; set; }

    /// <summary>Order total or revenue in the event's currency; NaN when absent.</summary>
    public float Revenue { get; set; }

    // ---- set on the way, by the stage that is named -------------------------------------------------

    /// <summary>Place in the log.</summary>
    public long Offset { get; set; }

    /// <summary>Why no later step and no stage sees the event; <see cref="DropReason.None"/> for one that goes on.</summary>
    public DropReason Drop { get; set; }

    public bool IsDropped => Drop != DropReason.None;

    /// <summary>Whether a partition has work with it: an event that failed after its merge was noted still moves the merged state.</summary>
    internal bool IsRouted => !IsDropped || (Drop == DropReason.Failed && MergedProfileId >= 0);

    /// <summary>The place in the log at which it came first; its own, except for an event that is taken up again.</summary>
    internal long FirstOffset => Batch.ResumedOffset >= 0 ? Batch.ResumedOffset : Offset;

    /// <summary>How much of its way through the stages it has behind it (<see cref="Pipeline.StageRun"/>); 0 at its first try.</summary>
    internal int ResumeAt { get; set; }

    /// <summary>Imported from the past: it updates what is known and trains models, but triggers nothing and uses no cap up.</summary>
    public bool IsHistorical => Batch.Origin == EventOrigin.Import;

    /// <summary>
    /// Applied once more, to make a profile's state anew: a stage updates what it keeps of the profile and leaves what it counts across
    /// profiles alone, since the event is in there already.
    /// </summary>
    public bool IsRebuilt { get; set; }

    /// <summary>Identity: the profile's number, dense from 0; -1 before.</summary>
    public int ProfileId { get; set; } = -1;

    /// <summary>
    /// Identity: the profile that the deciding identifier is bound to, before merges; <see cref="ProfileId"/> is where that one lives on. It
    /// stays when a merge is taken back. -1 before.
    /// </summary>
    public int HomeProfileId { get; set; } = -1;

    /// <summary>Identity: the profile that this event merges into <see cref="ProfileId"/>, or -1.</summary>
    public int MergedProfileId { get; set; } = -1;

    /// <summary>Set while routing when the merged profile belongs to another partition than <see cref="ProfileId"/>.</summary>
    internal MergeTicket? MergeTicket { get; set; }

    /// <summary>Where the live view of its source keeps it; -1 when it does not.</summary>
    internal int LivePlace { get; set; } = -1;

    /// <summary>Consent: whether the event may change the profile (features) and train models.</summary>
    public bool MayProfile { get; set; }

    public bool MayTrain { get; set; }

    /// <summary>Consent: whether it may be counted for measurement, and handed on to others.</summary>
    public bool MayMeasure { get; set; }

    public bool MayActivate { get; set; }

    /// <summary>Consent: why <see cref="MayProfile"/> is what it is.</summary>
    public ConsentReason GateReason { get; set; }

    /// <summary>Features: dense number of the event's name, given in log order; -1 before.</summary>
    public int NameNumber { get; set; } = -1;

    /// <summary>Features: number of the profile's session that the event belongs to; 0 when it belongs to none.</summary>
    public long SessionNumber { get; set; }

    public ReadOnlySpan<byte> Text(Utf8Slice slice) => Batch.Text(slice);

    public Span<ItemLine> Lines => Batch.Lines.AsSpan(FirstLine, LineCount);

    /// <summary>Whom the event names besides <see cref="UserId"/> and <see cref="AnonymousId"/>, in the order of its JSON.</summary>
    public Span<EventIdentifier> Identifiers => Batch.Identifiers.AsSpan(FirstIdentifier, IdentifierCount);

    internal void Clear()
    {
        Type = default;
        Kind = default;
        Raw = Payload = Context = ContextTraits = Name = MessageId = AnonymousId = UserId = PreviousId = SessionId = OrderId = DecisionId = Placement = default;
        MessageKey = AnonymousKey = UserKey = PreviousKey = SessionKey = default;
        OriginalTimestampMs = SentAtMs = long.MinValue;
        ReceivedAtMs = TimestampMs = Offset = SessionNumber = 0;
        Consent = default;
        _consentDetails = default;
        GateReason = default;
        FirstLine = LineCount = FirstIdentifier = IdentifierCount = 0;
        Revenue = float.NaN;
        Drop = DropReason.None;
        MayProfile = MayTrain = MayMeasure = MayActivate = IsRebuilt = false;
        ProfileId = HomeProfileId = MergedProfileId = LivePlace = NameNumber = -1;
        MergeTicket = null;
        ResumeAt = 0;
    }
}

/// <summary>What an event says about consent. Purposes are bits; a purpose that is not stated keeps its earlier state.</summary>
/// <param name="Stated">Purposes that the event speaks of.</param>
/// <param name="Granted">Those of them that it grants.</param>
public readonly record struct ConsentSignal(byte Stated, byte Granted);
