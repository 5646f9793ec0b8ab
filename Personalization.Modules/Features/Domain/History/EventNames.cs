using System.Text;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>
/// The directory of event names. Calls without a name and the taxonomy come first, by code; what else shops send follows in log order. The
/// directory is bounded: an event whose name comes too late, or is none, is <c>$other</c>, and still counts wherever the name does not matter.
/// </summary>
[HoldsNoPersonalData("Names of events are the shop's words for what can happen; who did it is not in here.")]
internal sealed class EventNames(KeyHasher hasher, HistoryOptions options) : IEventNames, ICheckpointed
{
    /// <summary>Number of every event whose name has none.</summary>
    public const int Other = 0;

    private const byte NameTable = 30;
    private static readonly string[] Fixed =
        ["$other", "$identify", "$page", "$screen", "$group", "$alias", .. Enum.GetValues<EventKind>().Where(kind => kind != EventKind.Other).Select(EventTaxonomyNames.NameOf)];

    private static readonly int FirstKind = Array.IndexOf(Fixed, "$alias") + 1;
    private readonly NameDirectory _names = new(hasher, KeySpace.EventName, NameTable, options.MaxEventNames);

    public string FileName => "features";

    /// <summary>A taxonomy that grows moves the numbers behind it.</summary>
    public int Version => (1 << 16) + Fixed.Length;

    public int Count => Fixed.Length + _names.Count;

    /// <summary>Events that became <c>$other</c>, since the start.</summary>
    public long Refused => _names.Refused;

    public string this[int number] => number < Fixed.Length ? Fixed[number] : _names[number - Fixed.Length];

    public int Find(ReadOnlySpan<char> name)
    {
        Span<byte> utf8 = stackalloc byte[NameDirectory.MaxBytes];
        if (name.IsEmpty || !Encoding.UTF8.TryGetBytes(name, utf8, out var length))
        {
            return -1;
        }

        for (var i = 0; i < FirstKind; i++)
        {
            if (name.SequenceEqual(Fixed[i]))
            {
                return i;
            }
        }

        return EventTaxonomyNames.KindOf(utf8[..length]) is var kind and not EventKind.Other ? NumberOf(kind) : Numbered(_names.Find(utf8[..length]));
    }

    /// <summary>The number of an event's name, given now when it is new. Sequencer only.</summary>
    public int Resolve(TrackedEvent trackedEvent) =>
        FixedNumberOf(trackedEvent) is var number and >= 0 ? number : Math.Max(Other, Numbered(_names.Resolve(trackedEvent.Text(trackedEvent.Name))));

    /// <summary>The number that was given when the event came.</summary>
    public int Recall(TrackedEvent trackedEvent) =>
        FixedNumberOf(trackedEvent) is var number and >= 0 ? number : Math.Max(Other, Numbered(_names.Find(trackedEvent.Text(trackedEvent.Name))));

    public void Load(CheckpointReader reader) => _names.Load(reader);

    public void Collect(CheckpointWriter writer) => _names.Collect(writer);

    /// <summary>-1 for a track call outside the taxonomy.</summary>
    private static int FixedNumberOf(TrackedEvent trackedEvent) => trackedEvent.Type switch
    {
        EventType.Identify => 1,
        EventType.Page => 2,
        EventType.Screen => 3,
        EventType.Group => 4,
        EventType.Alias => 5,
        _ => trackedEvent.Kind == EventKind.Other ? -1 : NumberOf(trackedEvent.Kind),
    };

    private static int NumberOf(EventKind kind) => FirstKind + (int)kind - 1;

    private static int Numbered(int place) => place < 0 ? -1 : Fixed.Length + place;
}
