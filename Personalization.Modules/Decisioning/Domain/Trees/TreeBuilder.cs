namespace Personalization.Decisioning.Domain.Trees;

/// <summary>Gathers trees into the flat form of a <see cref="TreeModel"/>.</summary>
internal sealed class TreeBuilder
{
    /// <summary>Beyond it a set of categories would take more than the tree.</summary>
    private const int MaxCategory = 1 << 20;

    private readonly List<TreeNode> _nodes = [];
    private readonly List<(int Root, int Output, float Weight)> _trees = [];
    private readonly List<uint> _categories = [];

    public int Count => _nodes.Count;

    public TreeNode[] Nodes => [.. _nodes];

    public (int Root, int Output, float Weight)[] Trees => [.. _trees];

    public uint[] Categories => [.. _categories];

    /// <summary>A new tree; its root is added next.</summary>
    public void Begin(int output, float weight)
    {
        if (_trees.Count == TreeModelReader.MaxTrees)
        {
            throw new TreeModelException($"At most {TreeModelReader.MaxTrees} trees.");
        }

        _trees.Add((_nodes.Count, output, weight));
    }

    public void Add(TreeNode node)
    {
        if (_nodes.Count == TreeModelReader.MaxNodes)
        {
            throw new TreeModelException($"At most {TreeModelReader.MaxNodes} nodes.");
        }

        _nodes.Add(node);
    }

    /// <summary>Where a set of categories was put, and its length in words.</summary>
    public (int Start, int Words) AddSet(IReadOnlyCollection<int> categories)
    {
        if (categories.Count == 0)
        {
            return (0, 0);
        }

        if (categories.Min() < 0 || categories.Max() > MaxCategory)
        {
            throw new TreeModelException($"Categories are numbers from 0 to {MaxCategory}.");
        }

        var words = new uint[(categories.Max() >> 5) + 1];
        foreach (var category in categories)
        {
            words[category >> 5] |= 1u << (category & 31);
        }

        return AddSet(words);
    }

    public (int Start, int Words) AddSet(uint[] words)
    {
        var start = _categories.Count;
        _categories.AddRange(words);
        return (start, words.Length);
    }
}
