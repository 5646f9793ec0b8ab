using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// A profile as bytes: version, counters, sessions, then each list with its length. The same state always gives the same
/// bytes, so encodings can be compared. Little-endian machines only, like the rest of the files.
/// </summary>
internal static class ProfileCodec
{
    /// <summary>An encoded profile with every list full.</summary>
    public const int MaxBytes = 1 + 32 + 120 + (2 * (1 + (8 * AffinityList.Capacity))) + 4 + (8 * RecentItems.MaxTotal);
    private const byte Version = 3;

    /// <summary>Without the number of a session's last event.</summary>
    private const byte VersionWithoutLast = 2;

    /// <summary>Without the session of the past as well.</summary>
    private const byte VersionWithoutPast = 1;

    /// <summary>A session in the former versions: as now, up to its last field.</summary>
    private const int FormerSessionBytes = 32;

    public static int Encode(ref readonly ProfileState state, Span<byte> room)
    {
        var writer = new Writer(room);
        writer.Write(Version);
        writer.Write(state.Counters);
        writer.Write(state.Sessions);
        writer.WriteList(MemoryMarshal.CreateReadOnlySpan(in state.Categories[0], state.Categories.Count));
        writer.WriteList(MemoryMarshal.CreateReadOnlySpan(in state.Brands[0], state.Brands.Count));
        for (var kind = RecentKind.Viewed; kind <= RecentItems.Removed; kind++)
        {
            writer.WriteList(state.Recents.Of(kind));
        }

        return writer.Length;
    }

    /// <exception cref="InvalidDataException">The bytes are of a version that this code does not know.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, ref ProfileState state)
    {
        var reader = new Reader(bytes);
        var version = reader.Read<byte>();
        if (version is not (Version or VersionWithoutLast or VersionWithoutPast))
        {
            throw new InvalidDataException($"A profile is stored in version {version}; this code reads up to {Version}.");
        }

        state = default;
        state.Counters = reader.Read<ProfileCounters>();
        state.Sessions.Current = reader.ReadSession(version);
        state.Sessions.Previous = reader.ReadSession(version);
        state.Sessions.Past = version == VersionWithoutPast ? default : reader.ReadSession(version);
        reader.ReadList(state.Categories);
        reader.ReadList(state.Brands);
        Span<ulong> room = stackalloc ulong[RecentItems.MaxTotal];
        for (var kind = RecentKind.Viewed; kind <= RecentItems.Removed; kind++)
        {
            state.Recents.Restore(kind, room[..reader.ReadList(room)]);
        }
    }

    private ref struct Writer(Span<byte> room)
    {
        private readonly Span<byte> _room = room;

        public int Length { get; private set; }

        public void Write<T>(in T value)
            where T : unmanaged
        {
            MemoryMarshal.Write(_room[Length..], value);
            Length += Unsafe.SizeOf<T>();
        }

        public void WriteList(ReadOnlySpan<ulong> values)
        {
            Write((byte)values.Length);
            MemoryMarshal.AsBytes(values).CopyTo(_room[Length..]);
            Length += values.Length * sizeof(ulong);
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public T Read<T>()
            where T : unmanaged
        {
            var value = MemoryMarshal.Read<T>(_rest);
            _rest = _rest[Unsafe.SizeOf<T>()..];
            return value;
        }

        /// <summary>A former one says nothing of its last event but that it is not before the first.</summary>
        public Session ReadSession(byte version)
        {
            if (version == Version)
            {
                return Read<Session>();
            }

            Session former = default;
            _rest[..FormerSessionBytes].CopyTo(MemoryMarshal.AsBytes(new Span<Session>(ref former)));
            _rest = _rest[FormerSessionBytes..];
            former.LastNumber = former.Number;
            return former;
        }

        public int ReadList(scoped Span<ulong> room)
        {
            var count = Read<byte>();
            var length = count * sizeof(ulong);
            _rest[..length].CopyTo(MemoryMarshal.AsBytes(room));
            _rest = _rest[length..];
            return count;
        }
    }
}
