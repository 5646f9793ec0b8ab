namespace Personalization.Tracking.Contracts;

public sealed partial class EventBatch
{
    /// <summary>Identifiers of all events, each event's together.</summary>
    public EventIdentifier[] Identifiers { get; private set; } = [];

    public int IdentifierCount { get; private set; }

    /// <summary>A new identifier of the last event; ignored when the event names more people than one can be.</summary>
    internal void AddIdentifier(EventIdentifier identifier)
    {
        var last = _events[EventCount - 1];
        if (last.IdentifierCount == IdentifierKind.MaxPerEvent)
        {
            return;
        }

        if (IdentifierCount == Identifiers.Length)
        {
            var identifiers = Identifiers;
            Array.Resize(ref identifiers, Math.Max(4, IdentifierCount * 2));
            Identifiers = identifiers;
        }

        Identifiers[IdentifierCount++] = identifier;
        last.IdentifierCount++;
    }

    /// <summary>Takes back what the last event's <c>traits</c>, or else its <c>context</c>, named: a later value of the same JSON property replaces it.</summary>
    internal void RemoveIdentifiers(bool areOfCall)
    {
        var last = _events[EventCount - 1];
        var kept = last.FirstIdentifier;
        for (var i = last.FirstIdentifier; i < IdentifierCount; i++)
        {
            if (Identifiers[i].IsOfCall != areOfCall)
            {
                Identifiers[kept++] = Identifiers[i];
            }
        }

        IdentifierCount = kept;
        last.IdentifierCount = kept - last.FirstIdentifier;
    }
}
