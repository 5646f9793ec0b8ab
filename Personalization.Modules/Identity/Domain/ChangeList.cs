using Personalization.Kernel.Collections;

namespace Personalization.Identity.Domain;

/// <summary>Numbers of what has changed since the last checkpoint, each once. Adding is two array accesses, and allocates nothing once it has its size.</summary>
internal sealed class ChangeList
{
    private readonly ChunkedArray<bool> _isIn = new();
    private readonly List<int> _all = [];

    public List<int> All => _all;

    public void Add(int number)
    {
        ref var isIn = ref _isIn.Ensure(number);
        if (!isIn)
        {
            isIn = true;
            _all.Add(number);
        }
    }

    public void Clear()
    {
        foreach (var number in _all)
        {
            _isIn[number] = false;
        }

        _all.Clear();
    }
}
