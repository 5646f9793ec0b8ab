using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// One version of a segment with its members, live or being prepared. The members are kept up to date from the moment the version is put;
/// those who were there before are filled in beside that, and whoever an event has looked at in the meantime is left alone.
/// </summary>
internal sealed class SegmentVersion(int slot, string id, int number, SegmentDefinition definition)
{
    private readonly Lock _gate = new();
    private ProfileBits? _asked = new();
    private volatile bool _isFilled;
    private volatile bool _isTimed;

    /// <summary>Names the version's rows; never given again.</summary>
    public int Slot { get; } = slot;

    /// <summary>The segment.</summary>
    public string Id { get; } = id;

    /// <summary>From 1.</summary>
    public int Number { get; } = number;

    public SegmentDefinition Definition { get; } = definition;

    /// <summary>Set before anybody sees the version.</summary>
    public CompiledCondition Condition { get; set; } = null!;

    /// <summary>Set with <see cref="Condition"/>.</summary>
    public Touches Touches { get; set; } = null!;

    /// <summary>Whether it looks at properties of events.</summary>
    public bool AsksProperties { get; } = ConditionProperties.AreAskedFor(definition.Condition);

    public ProfileBits Members { get; } = new();

    /// <summary>Everybody has been asked: from here on it may take the place of the live one.</summary>
    public bool IsFilled => _isFilled;

    /// <summary>Time alone has been seen to change it for somebody: it is asked whenever a profile is due.</summary>
    public bool IsTimed
    {
        get => _isTimed;
        set => _isTimed = value;
    }

    /// <summary>Whether the profile belongs to it. What depends on the request has no members beforehand.</summary>
    public bool Holds(ProfileSnapshot profile) => !Touches.Request && Condition.Holds(profile);

    /// <summary>
    /// Whether an event can have made another answer of what is known of the profile. Any can while not everybody has been asked.
    /// </summary>
    /// <param name="profileId">Whose event it is.</param>
    /// <param name="arrival">The event.</param>
    /// <param name="note">On what the last answer hung; an empty one when that is not known.</param>
    public bool MayChange(int profileId, Arrival arrival, ref AnswerNote note)
    {
        if (!_isFilled || Touches.Request)
        {
            return !_isFilled;
        }

        return note.Tells(arrival) ? note.MayTurn(arrival) : Condition.MayTurn(arrival, Members.Contains(profileId));
    }

    /// <summary>On what the answer hung that was just given; null when there is nothing to note that the condition does not know by itself.</summary>
    public AnswerNote? NoteOf(bool answer, ProfileSnapshot profile)
    {
        var note = Condition is GroupCondition ? profile.Decider : new AnswerNote(Condition, answer, profile.Lacks);
        return !Touches.Request && note.IsWorthKeeping(Condition) ? note : null;
    }

    /// <summary>What an event, or time, makes of a profile. The loop that owns it. True when that is another answer than before.</summary>
    public bool Put(int profileId, bool isMember)
    {
        if (_isFilled)
        {
            return Members.Set(profileId, isMember);
        }

        lock (_gate)
        {
            _asked?.Set(profileId, isIn: true);
            return Members.Set(profileId, isMember);
        }
    }

    /// <summary>
    /// What a profile was found to be while filling, unless its own loop has looked at it since: that knows better. False when it has.
    /// </summary>
    public bool TryFill(int profileId, bool isMember)
    {
        lock (_gate)
        {
            if (_asked is not { } asked || asked.Contains(profileId))
            {
                return false;
            }

            Members.Set(profileId, isMember);
            return true;
        }
    }

    /// <summary>Whether filling need not look at a profile any more.</summary>
    public bool IsAsked(int profileId)
    {
        lock (_gate)
        {
            return _asked?.Contains(profileId) ?? true;
        }
    }

    /// <summary>Everybody has been asked.</summary>
    public void Filled()
    {
        lock (_gate)
        {
            _isFilled = true;
            _asked = null;
        }
    }
}
