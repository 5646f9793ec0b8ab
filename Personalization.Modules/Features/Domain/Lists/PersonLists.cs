using System.Buffers.Binary;

namespace Personalization.Features.Domain.Lists;

/// <summary>What was said of one person and lists. Immutable; by list and edition, so that equal words have equal bytes.</summary>
internal sealed class PersonLists
{
    /// <summary>Words of a person; further ones are left out, and counted. 64 × 24 bytes.</summary>
    public const int Max = 64;

    public static readonly PersonLists None = new([]);
    private const int WordBytes = sizeof(int) + sizeof(long) + sizeof(long) + 1;
    private readonly ListWord[] _words;

    private PersonLists(ListWord[] words) => _words = words;

    public ReadOnlySpan<ListWord> Words => _words;

    public int EncodedBytes => _words.Length * WordBytes;

    /// <summary>Whether it waits for a checkpoint. The loop that owns the profile, or whoever runs while it rests.</summary>
    public bool IsDirty { get; set; }

    public bool IsOn(int list, long edition)
    {
        foreach (ref readonly var word in Words)
        {
            if (word.List == list && word.Edition == edition)
            {
                return word.IsOn;
            }
        }

        return false;
    }

    /// <summary>With one more word: this object when a later one is known, or when there are as many as may be.</summary>
    public PersonLists With(ListWord said)
    {
        var place = Array.FindIndex(_words, word => word.List == said.List && word.Edition == said.Edition);
        if (place >= 0)
        {
            return _words[place].Offset >= said.Offset ? this : new PersonLists([.. _words[..place], said, .. _words[(place + 1)..]]);
        }

        if (_words.Length == Max)
        {
            return this;
        }

        place = Array.FindIndex(_words, word => (word.List, word.Edition).CompareTo((said.List, said.Edition)) > 0);
        place = place < 0 ? _words.Length : place;
        return new PersonLists([.. _words[..place], said, .. _words[place..]]);
    }

    /// <summary>The words of both.</summary>
    public PersonLists With(PersonLists other) => other._words.Aggregate(this, static (united, word) => united.With(word));

    /// <summary>Without the words about editions of a list that are over: this object when there are none.</summary>
    public PersonLists Without(int list, Predicate<long> isOver)
    {
        var left = Array.FindAll(_words, word => word.List != list || !isOver(word.Edition));
        return left.Length == _words.Length ? this : new PersonLists(left);
    }

    public void Encode(Span<byte> room)
    {
        foreach (ref readonly var word in Words)
        {
            BinaryPrimitives.WriteInt32LittleEndian(room, word.List);
            BinaryPrimitives.WriteInt64LittleEndian(room[4..], word.Edition);
            BinaryPrimitives.WriteInt64LittleEndian(room[12..], word.Offset);
            room[20] = word.IsOn ? (byte)1 : (byte)0;
            room = room[WordBytes..];
        }
    }

    public static PersonLists Decode(ReadOnlySpan<byte> bytes)
    {
        var words = new ListWord[bytes.Length / WordBytes];
        for (var i = 0; i < words.Length; i++)
        {
            var row = bytes.Slice(i * WordBytes, WordBytes);
            words[i] = new ListWord(
                BinaryPrimitives.ReadInt32LittleEndian(row), BinaryPrimitives.ReadInt64LittleEndian(row[4..]), BinaryPrimitives.ReadInt64LittleEndian(row[12..]), row[20] != 0);
        }

        return new PersonLists(words);
    }
}
