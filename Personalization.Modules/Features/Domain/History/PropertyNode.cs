using System.Text;
using System.Text.Json;
using Personalization.Kernel.Json;

namespace Personalization.Features.Domain.History;

/// <summary>Paths that are looked for in a JSON object, as a tree by their names. Immutable.</summary>
internal sealed class PropertyNode
{
    private const int LengthMask = 31;

    /// <summary>By the length of the name: most names of an event are told apart by that alone.</summary>
    private readonly (byte[] Name, PropertyNode Node)[]?[] _children = new (byte[], PropertyNode)[LengthMask + 1][];

    private PropertyNode(int key, IEnumerable<(string Name, PropertyNode Node)> children)
    {
        Key = key;
        var all = children.Select(child => (Name: Encoding.UTF8.GetBytes(child.Name), child.Node)).ToList();
        All = [.. all.Select(child => child.Node)];
        foreach (var group in all.GroupBy(child => child.Name.Length & LengthMask))
        {
            _children[group.Key] = [.. group];
        }
    }

    /// <summary>The number of the path that ends here; -1 when it only leads on.</summary>
    public int Key { get; }

    public PropertyNode[] All { get; }

    public bool IsLeaf => All.Length == 0;

    public static PropertyNode Of(IEnumerable<(string Path, int Key)> paths) => Build([.. paths.Select(each => (each.Path.Split('.'), each.Key))], 0);

    /// <summary>The child whose name the reader stands at, or null.</summary>
    public PropertyNode? Find(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
        {
            return reader.IsReadable() ? FindEscaped(ref reader) : null;
        }

        var name = reader.ValueSpan;
        if (_children[name.Length & LengthMask] is { } children)
        {
            foreach (var (childName, node) in children)
            {
                if (name.SequenceEqual(childName))
                {
                    return node;
                }
            }
        }

        return null;
    }

    private PropertyNode? FindEscaped(ref Utf8JsonReader reader)
    {
        foreach (var children in _children)
        {
            foreach (var (childName, node) in children ?? [])
            {
                if (reader.ValueTextEquals(childName))
                {
                    return node;
                }
            }
        }

        return null;
    }

    private static PropertyNode Build(List<(string[] Names, int Key)> paths, int depth)
    {
        var own = paths.Where(path => path.Names.Length == depth).Select(path => path.Key).DefaultIfEmpty(-1).First();
        var deeper = paths.Where(path => path.Names.Length > depth).GroupBy(path => path.Names[depth], StringComparer.Ordinal);
        return new PropertyNode(own, deeper.Select(group => (group.Key, Build([.. group], depth + 1))));
    }
}
